import {
  type AuthCollection,
  type AuthSettings,
  authSettings,
  type InheritedSettings,
  isAuthCollection,
} from '@cardea/collections'
import {
  changedSettings,
  checkSignIn,
  meetsSignInRule,
  mergeSettings,
  type ParsedSettings,
  parseSettings,
  type SettingName,
} from '@cardea/collections/later'
import { type CardeaError, type ErrorIssue, eq } from '@cardea/core'
import { authz, type StorageOperations, settings as settingsTable } from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import { lookUpSession } from '../accounts/look-up-session.js'
import { askedBy } from '../administration/asked-by.js'
import { named } from '../administration/listed.js'
import type { SettingsChange, SettingsView } from '../api/settings.js'
import type { CollectionSnapshot } from '../collections/collection-snapshot.js'
import { servedNow } from '../collections/fitting.js'
import { settingsThatNeedMail } from '../mail/requirements.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { authCollectionOf, showSettings } from './show-settings.js'
import { everyScope, findSettings, type StoredSettings, settingsOf } from './stored-settings.js'

type Change = Extract<ParsedSettings, { readonly valid: true }>

/**
 * Changes settings of a collection, or those that all inherit: the row and the version that tells every node, or nothing. The
 * version is moved first, so that of several changes each sees what the one before has left.
 */
export async function changeSettings(
  services: Services,
  input: unknown,
  { collection: name, by }: SettingsChange,
): Promise<SettingsView> {
  const parsed = parseSettings(input, name === undefined ? 'all' : 'one')
  if (!parsed.valid) throw invalidInput(parsed.issues)
  // What is changed outlasts the session that it was changed in.
  if (by?.session !== undefined) await lookUpSession(services, by)
  const snapshot = await services.collections.latest()
  if (name !== undefined) {
    const { fields } = authCollectionOf(snapshot.registry.get(name))
    refuseIssues(checkSignIn(parsed.set.signIn, fields))
  }
  await refuseUnknownRoles(services, parsed.set)
  const { storage } = services
  const changed = await storage.transaction((transaction) =>
    write(services, transaction, { snapshot, name, parsed, by }),
  )
  if (changed.length > 0) {
    services.changes.publish('configuration')
    const about = { at: services.clock(), collection: name ?? null, principalId: null, ...askedBy(by, null) }
    services.emit({ type: 'settings.changed', ...about, fields: changed })
  }
  // What this node does next should know of it. Should the read fail: it is changed, and every request asks again.
  const snapshotNow = await services.collections.latest().catch(() => services.collections.current)
  return showSettings(services, snapshotNow, name)
}

/** @returns The names of those that are not as they were. */
async function write(
  services: Services,
  transaction: StorageOperations,
  {
    snapshot,
    name,
    parsed,
    by,
  }: {
    readonly snapshot: CollectionSnapshot
    readonly name: string | undefined
    readonly parsed: Change
    readonly by: SettingsChange['by']
  },
): Promise<readonly SettingName[]> {
  await transaction.update(authz, { where: eq('id', 'authz'), increment: { config_version: 1 } })
  const rows = await findSettings(transaction)
  const scope = name ?? everyScope
  const before = settingsOf(rows, services.config.logger)
  const own = name === undefined ? before.all : (before.of.get(name) ?? {})
  const content = mergeSettings(own, parsed)
  const changed = changedSettings(own, content)
  if (changed.length === 0) return changed
  const after: StoredSettings =
    name === undefined ? { ...before, all: content } : { ...before, of: new Map(before.of).set(name, content) }
  refuseLockout(services, snapshot, { before, after }, changed)
  if (changed.includes('sign_in_rule')) await checkRule(services, transaction, { name, after, by })

  const updated_at = services.clock()
  if (Object.keys(content).length === 0) await transaction.delete(settingsTable, eq('scope', scope))
  else if (rows.some((row) => row.scope === scope)) {
    await transaction.update(settingsTable, { where: eq('scope', scope), set: { content, updated_at } })
  } else await transaction.insert(settingsTable, { scope, content, updated_at })
  return changed
}

/**
 * A rule names fields that are there once it is stored, and lets in whoever stores it, and one of the admins where `users` has
 * some: nobody could take it back who is shut out.
 *
 * @throws CardeaError `invalid_request`, `not_found`
 */
async function checkRule(
  services: Services,
  transaction: StorageOperations,
  {
    name,
    after,
    by,
  }: { readonly name: string | undefined; readonly after: StoredSettings; readonly by: SettingsChange['by'] },
): Promise<void> {
  const served = await servedNow(services, transaction)
  const collection = authCollectionOf(served.find((each) => each.name === name))
  const own = after.of.get(collection.name) ?? {}
  refuseIssues(checkSignIn(own.signIn, collection.fields))
  const { signIn } = authSettings(collection, services.optionSettings, { all: after.all, own })
  const letsIn = async (principalId: string): Promise<boolean> => {
    const record = await services.records.find(transaction, collection, principalId)
    return record !== undefined && meetsSignInRule(collection, signIn.rule, record, services.clock())
  }
  if (by?.collection === collection.name && !(await letsIn(by.principalId))) {
    throw refused(['sign_in_rule'], 'would shut you out')
  }
  if (collection.name !== usersName) return
  // Roles are given and taken by whoever holds the row that was written first.
  const admins = await services.policy.listBypassHolders(transaction, collection.name)
  for (const admin of admins) if (await letsIn(admin)) return
  if (admins.length > 0) throw refused(['sign_in_rule'], 'would shut all admins out')
}

/**
 * Refuses what would leave `users` no way in, or what works by mail alone to an instance that sends none.
 *
 * @throws CardeaError `invalid_request`
 */
function refuseLockout(
  services: Services,
  { registry }: CollectionSnapshot,
  { before, after }: { readonly before: StoredSettings; readonly after: StoredSettings },
  changed: readonly SettingName[],
): void {
  const settingsIn = (collection: AuthCollection, { all, of }: StoredSettings): AuthSettings =>
    authSettings(collection, services.optionSettings, { all, own: of.get(collection.name) })
  const collections = registry.list().filter(isAuthCollection)
  const users = collections.find(({ name }) => name === usersName)
  if (users !== undefined && !hasWayIn(services, users, settingsIn(users, after))) {
    // Where there was none before, this change is not to blame, nor does it help.
    throw refused(changed, 'would leave users no way to sign in')
  }
  if (services.mail.enabled) return
  for (const collection of collections) {
    const needed = new Set(settingsThatNeedMail(settingsIn(collection, before)))
    if (settingsThatNeedMail(settingsIn(collection, after)).every((setting) => needed.has(setting))) continue
    throw refused(changed, `needs mail, which this instance does not send, in ${collection.name}`)
  }
}

function refuseIssues(issues: readonly ErrorIssue[]): void {
  if (issues.length > 0) throw invalidInput(issues)
}

/** A provider that is not configured signs nobody in, nor does a code that cannot be sent. */
const hasWayIn = (
  services: Services,
  users: AuthCollection,
  { password, otp, oauth, signIn: { rule } }: AuthSettings,
): boolean =>
  rule !== false &&
  rule !== null &&
  (password.enabled ||
    (otp.enabled && services.mail.enabled) ||
    (oauth.enabled && services.oauth.providersOf(users).length > 0))

const refused = (names: readonly SettingName[], message: string): CardeaError =>
  invalidInput(names.map((path): ErrorIssue => ({ path, code: 'not_allowed', message })))

/** A role that nobody can have asks nobody for a second factor, and would not be missed. */
async function refuseUnknownRoles({ policy }: Services, { mfa }: InheritedSettings): Promise<void> {
  const { required = false } = mfa ?? {}
  if (typeof required === 'boolean') return
  const issues: ErrorIssue[] = []
  for (const [index, role] of required.entries()) {
    if ((await policy.findRole(role)) !== undefined) continue
    issues.push({ path: `mfa_required.${index}`, code: 'not_found', message: `is no label of a role: ${named(role)}` })
  }
  refuseIssues(issues)
}
