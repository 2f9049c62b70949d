import { CardeaError, type ErrorIssue } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { type ApiKeyView, type CreatedApiKey, findPrincipal } from '@cardea/identity'
import type { Subject } from '@cardea/permissions'
import type { ClientDetails } from '@cardea/sessions'
import type { ApiKeyInput } from '../api/keys.js'
import type { PermissionsApi } from '../api/permissions.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { invalidInput } from './invalid-input.js'
import { emitKeyEvent } from './key-events.js'
import { labelIssue, requireLabel } from './key-label.js'
import { makeKeyWithNotice } from './key-notices.js'
import { holdsSome, isOpenScope, permissionsOfScope, scopesWithin } from './key-rights.js'
import { lookUpSession } from './look-up-session.js'
import { assertNotActing } from './own-session.js'

const mostScopes = 100

/** How far a key that is to be made reaches. */
interface Reach {
  readonly scopes: readonly string[] | null
  readonly expiresAt: number | null
}

/** Makes a key; with somebody who asks, none that reaches further than whoever it is. */
export async function createApiKey(
  services: Services,
  permissions: PermissionsApi<string>,
  input: ApiKeyInput,
  by: Authentication | undefined,
  context: ClientDetails | undefined,
): Promise<CreatedApiKey> {
  const { principalId, label = '' } = input
  checkInput(services, input)
  if (by !== undefined) assertNotActing(by)
  // A key outlives what it was made with, which must not be an access token of a session that has ended.
  if (by?.session !== undefined) await lookUpSession(services, by)
  // Read before the subject is, so that no permission is known here of which the subject does not know.
  const labels = await permissionLabels(services, input.scopes ?? null)
  checkScopes(input.scopes ?? null, labels)
  const asked: Reach = { scopes: input.scopes ?? null, expiresAt: input.expiresAt ?? null }
  const reach = by === undefined ? asked : await limitReach(services, permissions, by, principalId, asked, labels)
  const parentId = by?.apiKey?.id ?? null
  const createdBy = by === undefined || by.principalId === principalId ? null : by.principalId
  const created = await makeKeyWithNotice(services, 'api_key_created', context, (along) =>
    services.apiKeys.create({ principalId, label, ...reach, parentId, createdBy }, along),
  )
  emitKeyEvent(services, 'api_key.created', created.apiKey)
  return created
}

export async function relabelApiKey(services: Services, id: string, label: string): Promise<ApiKeyView> {
  requireLabel(label)
  const found = (await services.apiKeys.relabel(id, label)) ? await services.apiKeys.find(id) : undefined
  if (found === undefined) throw new CardeaError('not_found', 'There is no such API key.')
  emitKeyEvent(services, 'api_key.updated', found)
  return found
}

function checkInput({ clock }: Services, { principalId, label, scopes, expiresAt }: ApiKeyInput): void {
  if (!isUuid(principalId)) throw new CardeaError('not_found', 'There is no such principal.')
  const issues: ErrorIssue[] = []
  const wrongLabel = label === undefined ? undefined : labelIssue(label)
  if (wrongLabel !== undefined) issues.push(wrongLabel)
  if (scopes !== undefined && scopes !== null) {
    if (!Array.isArray(scopes) || scopes.some((scope) => typeof scope !== 'string')) {
      issues.push({ path: 'scopes', code: 'invalid_type', message: 'must be a list of permissions, or null' })
    } else if (scopes.length > mostScopes) {
      issues.push({ path: 'scopes', code: 'too_long', message: `must have at most ${mostScopes} entries` })
    }
  }
  if (expiresAt !== undefined && expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > clock())) {
    issues.push({ path: 'expires_at', code: 'invalid', message: 'must be an instant in the future' })
  }
  if (issues.length > 0) throw invalidInput(issues)
}

async function permissionLabels({ policy }: Services, scopes: readonly string[] | null): Promise<readonly string[]> {
  return scopes === null || scopes.length === 0 ? [] : (await policy.listPermissions()).map(({ label }) => label)
}

function checkScopes(scopes: readonly string[] | null, labels: readonly string[]): void {
  const issues = (scopes ?? []).flatMap((scope, index) =>
    permissionsOfScope(scope, labels).length > 0
      ? []
      : [{ path: `scopes.${index}`, code: 'unknown_permission', message: `is no permission: ${named(scope)}` }],
  )
  if (issues.length > 0) throw invalidInput(issues)
}

/** A name that can be one of a permission is repeated; anything else may be a secret in the wrong place. */
const named = (scope: string): string =>
  /^[a-z0-9_:*]{1,129}$/.test(scope) ? scope : 'not of the form resource:operation'

/** The grant ceiling: nobody makes a key that reaches further than who makes it. */
async function limitReach(
  services: Services,
  permissions: PermissionsApi<string>,
  by: Authentication,
  principalId: string,
  asked: Reach,
  labels: readonly string[],
): Promise<Reach> {
  const subject = await permissions.subject(by)
  const isOwn = by.principalId === principalId
  if (!subject.canUnchecked('tokens:create')) throw missing('tokens:create')
  if (!isOwn && !subject.canUnchecked('tokens:admin')) throw missing('tokens:admin')
  const parent = by.apiKey
  if (parent !== undefined && !(await mayMakeKeys(services, parent))) {
    throw new CardeaError('forbidden', 'An API key makes API keys only if its scopes name tokens:create.')
  }
  const scopes = asked.scopes ?? parent?.scopes ?? null
  const within = isOwn ? isWithinOwn(subject, scopes, labels) : isWithinOthers(subject, scopes, labels)
  if (!within || (scopes !== null && !scopesWithin(scopes, parent?.scopes ?? scopes))) {
    throw new CardeaError('forbidden', 'The scopes go beyond your own permissions.')
  }
  const end = parent?.expiresAt ?? null
  if (end !== null && asked.expiresAt !== null && asked.expiresAt > end) {
    throw new CardeaError('forbidden', 'A key cannot outlive the API key that makes it.')
  }
  return { scopes, expiresAt: asked.expiresAt ?? end }
}

/** A key of one's own has one's own rights at every use, so what holds for some objects only may be named, too. */
const isWithinOwn = (subject: Subject<string>, scopes: readonly string[] | null, labels: readonly string[]): boolean =>
  (scopes ?? []).every((scope) =>
    permissionsOfScope(scope, labels).every((label) => subject.bypass || holdsSome(subject, label)),
  )

/**
 * A key of somebody else has the rights of that one, so it is named what it may do, and that is what the maker may in every
 * case. A wildcard could come to stand for more.
 */
function isWithinOthers(
  subject: Subject<string>,
  scopes: readonly string[] | null,
  labels: readonly string[],
): boolean {
  if (subject.bypass) return true
  if (scopes === null || scopes.some(isOpenScope)) return false
  return scopes.every((scope) => permissionsOfScope(scope, labels).every((label) => subject.canUnchecked(label)))
}

/** Whether a key was meant to make keys: its scopes name that, or it has none and comes from somebody who may all. */
async function mayMakeKeys({ policy, storage }: Services, key: ApiKeyView): Promise<boolean> {
  if (key.scopes !== null) return key.scopes.some((scope) => scope === 'tokens:create' || scope === 'tokens:*')
  const maker = key.createdBy ?? key.principalId
  // That its owner is active is known from its being verified.
  const isActive = key.createdBy === null || (await findPrincipal(storage, maker))?.active === true
  return isActive && (await policy.subject(maker)).bypass
}

const missing = (permission: string): CardeaError =>
  new CardeaError('forbidden', `This needs the permission ${permission}.`)
