import { type AuthCollection, parsePatch } from '@cardea/collections'
import { CardeaError, type ErrorIssue, normalizeEmail } from '@cardea/core'
import { isUuid } from '@cardea/core/crypto'
import { type Budget, findByIdentifier } from '@cardea/identity'
import { endWaiting, findWaiting } from '@cardea/identity/later'
import type { StorageOperations } from '@cardea/storage'
import { askedBy } from '../../administration/asked-by.js'
import type { Invitation, InviteOptions } from '../../api/invitations.js'
import type { Authentication } from '../../api/sign-in.js'
import type { AskedBy } from '../../api/users.js'
import { usersName } from '../../options/users-name.js'
import type { Services } from '../../services/services.js'
import { assertAllowed } from '../../settings/effective-settings.js'
import { actWithin, admit } from '../../users/actor.js'
import { permissionOn } from '../../users/permission.js'
import { requireRole } from '../../users/user-roles.js'
import { identifiersOf } from '../identifiers-of.js'
import { invalidInput } from '../invalid-input.js'
import { type InvitationTerms, invitationOf, termsOf, viewInvitations } from './invitation.js'
import { requireGivable, requireInviter } from './inviter.js'
import { noPassword, withPassword } from './password-needed.js'

const daySeconds = 86_400
/** People who are invited may be away. */
const defaultSeconds = 7 * daySeconds
const shortestSeconds = 60
const longestSeconds = 30 * daySeconds

/** To one address, whoever invites: as with all other links. */
const hourly: Budget = { limit: 3, periodSeconds: 3_600 }

/** An invitation that is to be sent. */
interface NewInvitation {
  /** Normalised. */
  readonly email: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly lifetimeSeconds: number
  readonly by: Authentication | undefined
}

export async function createInvitation(
  services: Services,
  collection: AuthCollection,
  input: unknown,
  { by: caller, role, lifetimeSeconds = defaultSeconds }: InviteOptions,
): Promise<Invitation> {
  await assertPossible(services, collection)
  assertLifetime(lifetimeSeconds)
  const { email, fields } = parseInvitation(collection, input)
  if (role !== undefined && collection.name !== usersName) throw rolesElsewhere()
  const by = await admit(services, caller)
  const invitation = { email, fields, lifetimeSeconds, by }
  return await send(services, collection, { by, role }, (transaction) =>
    issue(services, transaction, collection, invitation, role),
  )
}

export async function resendInvitation(
  services: Services,
  collection: AuthCollection,
  id: string,
  { by: caller, lifetimeSeconds = defaultSeconds }: Omit<InviteOptions, 'role'>,
): Promise<Invitation> {
  await assertPossible(services, collection)
  assertLifetime(lifetimeSeconds)
  if (!isUuid(id)) throw noInvitation()
  const by = await admit(services, caller)
  // Which role it has is not known before it is read.
  return await send(services, collection, { by, role: '' }, async (transaction) => {
    if (by !== undefined) await actWithin(services, transaction, by, permissionOn(collection, 'create'))
    const before = await findWaiting(transaction, id, invitationOf(collection), services.clock())
    if (before === undefined) throw noInvitation()
    const { fields, roleId } = termsOf(before)
    const invitation = { email: before.subject, fields, lifetimeSeconds, by }
    return await issue(services, transaction, collection, invitation, roleId)
  })
}

export async function revokeInvitation(
  services: Services,
  collection: AuthCollection,
  id: string,
  { by: caller }: AskedBy,
): Promise<void> {
  if (!isUuid(id)) throw noInvitation()
  const by = await admit(services, caller)
  await services.storage.transaction(async (transaction) => {
    if (by !== undefined) {
      await services.policy.lock(transaction)
      await actWithin(services, transaction, by, permissionOn(collection, 'create'))
    }
    // The link in a mail that is on its way is worth nothing: its secret is made for what waits alone.
    if (!(await endWaiting(transaction, id, invitationOf(collection)))) throw noInvitation()
  })
  const about = { at: services.clock(), collection: collection.name, principalId: null, invitation: id }
  services.emit({ type: 'invitation.revoked', ...about, ...askedBy(by, null) })
}

/** What a transaction has written. */
interface Issued {
  readonly id: string
  readonly email: string
  readonly terms: InvitationTerms
  readonly role: string | undefined
  readonly expiresAt: number
}

async function send(
  services: Services,
  collection: AuthCollection,
  { by, role }: { readonly by: Authentication | undefined; readonly role: string | null | undefined },
  work: (transaction: StorageOperations) => Promise<Issued>,
): Promise<Invitation> {
  const createdAt = services.clock()
  const {
    id,
    email,
    terms,
    role: label,
    expiresAt,
  } = await services.storage.transaction(async (transaction) => {
    // What somebody may, and which roles there are, stays as it is until the invitation is written.
    if (by !== undefined || typeof role === 'string') await services.policy.lock(transaction)
    return await work(transaction)
  })
  services.mail.kick()
  const named = label === undefined ? {} : { role: label }
  const about = { at: createdAt, collection: collection.name, principalId: null, invitation: id, ...named }
  services.emit({ type: 'invitation.created', ...about, ...askedBy(by, null) })
  const waiting = { id, subject: email, bound: terms, createdAt, expiresAt, principalId: null, holds: true }
  const [view] = await viewInvitations(services, [waiting])
  if (view === undefined) throw new CardeaError('internal_error', 'An invitation was written and is not there.')
  return view
}

/** Writes the invitation and the job of its mail, with which the secret is made: nothing here is one. */
async function issue(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  { email, fields, lifetimeSeconds, by }: NewInvitation,
  role: string | null | undefined,
): Promise<Issued> {
  const principal = by && (await requireInviter(services, transaction, collection, by))
  const wanted = typeof role === 'string' ? await requireRole(services, transaction, role) : undefined
  if (wanted !== undefined) await requireGivable(services, transaction, wanted, by)
  await assertNotOwned(services, transaction, collection, email)
  const budget = ['mail', 'invitation', collection.name, email] as const
  if (!(await services.throttle.take(transaction, budget, hourly))) {
    throw new CardeaError('rate_limited', 'This address was sent enough invitations.', {
      retryAfterSeconds: hourly.periodSeconds,
    })
  }
  const terms: InvitationTerms = {
    fields,
    ...(role === undefined ? {} : { roleId: wanted?.id ?? null }),
    ...(by === undefined ? {} : { invitedBy: by.principalId }),
    ...(by?.apiKey === undefined ? {} : { keyId: by.apiKey.id }),
  }
  const { id, expiresAt } = await services.verifications.issueToken(transaction, {
    ...invitationOf(collection),
    subject: email,
    ...(principal === undefined ? {} : { principal }),
    bound: terms,
    lifetimeSeconds,
  })
  const { name } = collection
  await services.mail.enqueue(transaction, { kind: 'invitation', collection: name, recipient: email, flowId: id })
  return { id, email, terms, role: wanted?.label, expiresAt }
}

/**
 * Whoever may invite may make accounts, and so learns anyway which addresses have one.
 *
 * @throws CardeaError `email_taken`; not for an account that was never verified, which the invitation takes over.
 */
async function assertNotOwned(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  email: string,
): Promise<void> {
  const found = await findByIdentifier(transaction, { collection: collection.name, kind: 'email', key: email })
  if (found === undefined) return
  const record = await services.records.find(transaction, collection, found.principal.id)
  if (found.principal.active && record?.['verified'] !== true) return
  throw new CardeaError('email_taken', 'The address has an account.')
}

function parseInvitation(collection: AuthCollection, input: unknown) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  }
  const { email, ...rest } = input as { readonly email?: unknown }
  const address = normalizeEmail(email)
  const issues: ErrorIssue[] = []
  if (typeof email !== 'string') issues.push({ path: 'email', code: 'invalid_type', message: 'must be of type string' })
  else if (address === undefined) {
    issues.push({ path: 'email', code: 'invalid_format', message: 'must be an e-mail address' })
  }
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined),
  )
  const parsed = parsePatch(collection, fields)
  if (!parsed.valid || address === undefined) throw invalidInput([...issues, ...(parsed.valid ? [] : parsed.issues)])
  // Before any statement, so that a value that can be no identifier is refused as input.
  identifiersOf(collection, parsed.values)
  return { email: address, fields }
}

async function assertPossible(services: Services, collection: AuthCollection): Promise<void> {
  services.mail.assertEnabled()
  await assertAllowed(services, collection, withPassword, noPassword)
}

function assertLifetime(seconds: number): void {
  if (Number.isSafeInteger(seconds) && seconds >= shortestSeconds && seconds <= longestSeconds) return
  const message = `must be a whole number from ${shortestSeconds} to ${longestSeconds}`
  throw invalidInput([{ path: 'lifetimeSeconds', code: 'invalid_value', message }])
}

const rolesElsewhere = () =>
  invalidInput([{ path: 'role', code: 'invalid', message: 'is for users of the built-in collection' }])

const noInvitation = (): CardeaError => new CardeaError('not_found', 'There is no such invitation.')
