import { authSettings, isAuthCollection, permissionsOf } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { SchemaProblem, Table } from '@cardea/storage'
import type { CollectionSnapshot } from '../collections/collection-snapshot.js'
import { reviewRules } from '../collections/review-rules.js'
import { loadOperations } from '../later/load-operations.js'
import { settingsThatNeedMail } from '../mail/requirements.js'
import { assertCookies } from '../options/cookie-options.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { assertSignInRules } from '../settings/definition-rules.js'
import { assertLastingPepper, assertNoPlaceholder, assertPresent } from './assert-secrets.js'
import { tablesDefinedAtRunTime } from './run-time-tables.js'
import { rootsIn } from './secrets.js'
import { currentSetupCode } from './setup-code.js'

export { createReview } from './review.js'

/** What `ready()` checks beside the database. */
export interface ReadySettings {
  readonly secret?: string | readonly string[] | undefined
  readonly baseUrl?: string | undefined
  readonly defaultRole?: string
  readonly passwords?: { readonly pepper?: boolean }
}

/**
 * Looks at settings, the schema, declared roles and collections, before the first request.
 *
 * @throws CardeaError `configuration_invalid`, `schema_outdated`, and what storage throws.
 */
export async function checkInstance(
  services: Services,
  settings: ReadySettings,
  tables: readonly Table[],
): Promise<void> {
  const { collections, config, keyring, policy, defaultRole } = services
  assertPresent(settings, config)
  assertCookies(config)
  // Derives a key, so that a secret that is too short is refused here and not by the first sign-in.
  keyring.current('access-token')
  assertNoPlaceholder(settings, config)
  assertLastingPepper(settings)
  assertSignInRules(collections.code.registry.list())
  // Before anything is read, so that nothing is missed that changes afterwards.
  services.changes.listen()
  await services.mail.load()
  await verifySchema(services, tables)
  await policy.sync()
  await prepareSigningKeys(services, settings)
  // From here on a look at what is in memory finds all collections that there are.
  const snapshot = await collections.latest()
  await verifySchema(services, tablesDefinedAtRunTime(snapshot))
  await warnOfOwnership(services)
  await reviewRules(services, snapshot)
  warnOfSharedNames(services, snapshot)
  if (!services.mail.enabled) refuseWithoutMail(services, snapshot)
  if (defaultRole !== undefined && (await policy.findRole(defaultRole)) === undefined) {
    const labels = (await policy.listRoles()).map(({ label }) => label).join(', ')
    throw new CardeaError('configuration_invalid', `createCardea: defaultRole must be one of the roles: ${labels}`)
  }
  await warnOfUnknownRoles(services, snapshot)
}

/** Whoever has a token is served although no new one can be made, so this keeps no node from starting. */
async function prepareSigningKeys({ config, sessions }: Services, settings: ReadySettings): Promise<void> {
  if (await sessions.keys.prepare()) return
  if (rootsIn(settings).length === 0) {
    // A secret that ends with the process took its key with it, and everybody's session.
    await sessions.keys.rotate({ now: true })
    return
  }
  config.logger.error(
    'The key that signs access tokens cannot be opened with any of the secrets: nobody can sign in. Add the secret that it was made under to the list in `secret`, or make another key with `cardea keys rotate --now`.',
  )
}

/** A role that nobody can have asks nobody for a second factor, and would not be missed. */
async function warnOfUnknownRoles(
  { config, policy, settings }: Services,
  { infos }: CollectionSnapshot,
): Promise<void> {
  for (const { collection } of infos.values()) {
    if (!isAuthCollection(collection)) continue
    const { required } = settings(collection).mfa
    if (typeof required === 'boolean') continue
    for (const role of required) {
      if ((await policy.findRole(role)) !== undefined) continue
      config.logger.warn(`${collection.name}: mfa.required names the role ${role}, which there is not: it asks nobody.`)
    }
  }
}

/** Apps whose platform has no Argon2 go on, but their operators should know. */
export async function warnOfOtherHash({ config, passwords }: Services): Promise<void> {
  if ((await passwords.ready()) === 'argon2id') return
  config.logger.warn(
    'Argon2 (@node-rs/argon2) cannot be loaded: new passwords are hashed with scrypt, which takes some 20 times as long, and whoever has an Argon2 hash cannot sign in with a password until it is back.',
  )
}

async function verifySchema({ config, storage }: Services, tables: readonly Table[]): Promise<void> {
  const found = tables.length === 0 ? [] : await storage.verify(tables)
  const problems = found.filter(({ severity }) => severity === 'error')
  if (problems.length > 0) {
    const issues = problems.slice(0, mostNamed).map((each) => ({
      path: each.table,
      code: each.problem,
      message: told(each),
    }))
    throw new CardeaError('schema_outdated', outdated(problems, tables.length), { issues })
  }
  const others = found.map(told).join('; ')
  if (others !== '') config.logger.warn(`What is in the database differs from what is expected: ${others}`)
}

/** Of what is wrong; before the first migration, everything is. */
const mostNamed = 5

function outdated(problems: readonly SchemaProblem[], tables: number): string {
  // A table that was never made, which a migration makes; one that is gone is another matter, and its advice says which.
  const isNew = ({ problem, advice }: SchemaProblem): boolean => problem === 'missing_table' && advice === 'migrate'
  const missing = problems.filter(isNew).map(({ table }) => table)
  const mended = problems.some(({ advice }) => advice.startsWith('migrate'))
  const advice = mended ? ' Run auth.migrate() first, or `npx cardea migrate`.' : ''
  if (missing.length === tables) return `The database was never migrated: none of ${tables} tables is there.${advice}`
  const others = problems.filter((each) => !isNew(each)).map(told)
  const parts = [...(missing.length === 0 ? [] : [`missing tables: ${some(missing, ', ')}`]), some(others, '; ')]
  return `The database is not as it should be (${parts.filter((part) => part !== '').join('; ')}).${advice}`
}

const some = (texts: readonly string[], separator: string): string => {
  const more = texts.length - mostNamed
  return `${texts.slice(0, mostNamed).join(separator)}${more > 0 ? `${separator}and ${more} more` : ''}`
}

/** The tables are the app's own, which it may make later than this; until then nothing can be given to another user. */
async function warnOfOwnership(services: Services): Promise<void> {
  if (services.ownership.length === 0) return
  const { findUnusableTables } = await loadOperations()
  for (const { message } of await findUnusableTables(services)) services.config.logger.warn(message)
}

/**
 * What a permission such as `media:read` is about should be clear, but an app that is out already must go on. Operations of the
 * app's own beside those that come with a collection, such as `media:moderate`, are about its records, too. No collection has the
 * name of a resource of Cardea's own but `users`.
 */
function warnOfSharedNames({ config, declared }: Services, { infos }: CollectionSnapshot): void {
  for (const { collection } of infos.values()) {
    const { name } = collection
    const shared = permissionsOf(collection).permissions.filter((label) => declared.app.has(label))
    if (name === usersName || shared.length === 0) continue
    config.logger.warn(
      `The collection ${name} brings permissions that the app declares as well, and each is one with the other: ${shared.join(', ')}. If both are about its records, declare them no more: roles name them with defineRoles(permissions, roles, { collections: [${name}] }). Otherwise rename one.`,
    )
  }
}

/** A collection that was made at run time must not keep the others from starting, nor a setting that was changed there. */
function refuseWithoutMail({ config, settings, optionSettings }: Services, { infos }: CollectionSnapshot): void {
  for (const { collection, system } of infos.values()) {
    const needing = isAuthCollection(collection) ? settingsThatNeedMail(settings(collection)) : []
    if (needing.length === 0) continue
    const message = `createCardea: mail is missing, which the collection ${collection.name} needs (${needing.join(', ')})`
    const byCode = isAuthCollection(collection) ? settingsThatNeedMail(authSettings(collection, optionSettings)) : []
    if (system && byCode.length > 0 && config.environment === 'production')
      throw new CardeaError('configuration_invalid', message)
    config.logger.warn(message)
  }
}

const told = ({ message, advice }: SchemaProblem): string => `${message}: ${advice}`

/** Says once how the first admin is made, while there is none. */
export async function announceSetupCode({ config, keyring, policy }: Services): Promise<void> {
  if (await policy.hasBypassHolder()) return
  config.logger.info(
    `There is no admin yet. Register one with "setup_code": "${currentSetupCode(keyring)}" in the body of POST ${config.basePath}/auth/register.`,
  )
}
