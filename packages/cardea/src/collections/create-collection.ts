import {
  type AnyCollection,
  defineStored,
  permissionsOf,
  relationsOf,
  tableName,
  collectionTable as toTable,
} from '@cardea/collections'
import { definitionOf, parseDefinition, unfitRules } from '@cardea/collections/later'
import { and, CardeaError, type Condition, eq, isCardeaError, oneOf } from '@cardea/core'
import {
  authz,
  collections as collectionTable,
  settings as settingsTable,
  type Table,
  verifications,
} from '@cardea/storage'
import { invalidInput } from '../accounts/invalid-input.js'
import type { Services } from '../services/services.js'
import { type Claim, claimName } from './claim-name.js'
import type { CollectionInfo } from './collection-snapshot.js'
import { warnOfRules } from './review-rules.js'
import { type CollectionRecord, collectionOf, newInfo } from './stored-collections.js'

/** A request waits no longer for the lock of migrations, nor for a table. */
const lockPatienceMilliseconds = 2_000

/**
 * Defines a collection at run time: a `pending` definition, which serves nobody; then its table, under the lock of
 * migrations; then, in one transaction, its permissions, `ready`, and the new version that tells every node.
 *
 * Whatever breaks off in between can be sent again: the same definition goes on where it stopped. See
 * `docs/decisions/007-collections-at-run-time.md`.
 */
export async function createCollection(services: Services, input: unknown): Promise<CollectionInfo> {
  const { collection, table } = await prepare(services, input)
  const claim = await claimName(services, {
    name: collection.name,
    table_name: table.name,
    definition: definitionOf(collection),
  })
  const row = await make(services, { claim, collection, table })
  services.changes.publish('policy')
  services.changes.publish('configuration')
  services.emit({ type: 'collection.created', at: services.clock(), collection: collection.name, principalId: null })
  // What this node does next should know of it. Should the read fail: it is made, and every request asks again.
  await services.collections.latest().catch(() => undefined)
  await warnOfRules(services, [collection]).catch(() => undefined)
  return services.collections.current.infos.get(collection.name) ?? newInfo(row)
}

/** A collection that passed all checks, and the table that it will have. */
interface Prepared {
  readonly collection: AnyCollection
  readonly table: Table
}

/** One whose name was claimed. */
interface Claimed extends Prepared {
  readonly claim: Claim
}

/** Checks all that can be known before anything is written. */
async function prepare(services: Services, input: unknown): Promise<Prepared> {
  const parsed = parseDefinition(input)
  if (!parsed.valid) throw invalidInput(parsed.issues)
  const { placeOf } = parsed
  const { name } = parsed.collection
  const { registry } = await services.collections.latest()
  if (registry.get(name) !== undefined) throw conflict('There is a collection of this name.', 'name')
  const own = parsed.collection
  const unknown = relationsOf(own).filter(({ target }) => target !== name && registry.get(target) === undefined)
  const unfit = unfitRules(own, (target) => (target === name ? own : registry.get(target)))
  if (unknown.length + unfit.length > 0) {
    const issues = unknown.map(({ field }) => ({
      path: `${placeOf(field)}.collection`,
      code: 'not_found',
      message: 'must be the name of a collection',
    }))
    throw invalidInput([...issues, ...unfit])
  }
  const collection = withTable(parsed.collection, services.tablePrefix)
  if (registry.list().some((other) => tableName(other, services.tablePrefix) === collection.table)) {
    throw conflict('Another collection has the table that this one would have.', 'table')
  }
  await refuseSharedResource(services, name)
  const related = (target: string): AnyCollection | undefined => (target === name ? collection : registry.get(target))
  return { collection, table: toTable(collection, { ...prefixOption(services), related }) }
}

const prefixOption = ({ tablePrefix }: Services) => (tablePrefix === undefined ? {} : { tablePrefix })

/** The collection with the name of its table, which no later change of the prefix moves. */
function withTable(collection: AnyCollection, tablePrefix: string | undefined): AnyCollection {
  try {
    const table = tableName(collection, tablePrefix)
    return defineStored(collection.name, { ...definitionOf(collection), table })
  } catch (error) {
    if (!isCardeaError(error, 'configuration_invalid')) throw error
    throw invalidInput([{ path: 'name', code: 'too_big', message: 'is too long for a table behind the prefix' }])
  }
}

/** `media:read` must not mean both a record of a collection and what the app already calls so. */
async function refuseSharedResource({ declared, policy }: Services, name: string): Promise<void> {
  const stored = (await policy.listPermissions()).map(({ label }) => label)
  if ([...declared.app, ...stored].some((label) => label.startsWith(`${name}:`))) {
    throw conflict(`There are permissions for ${name} already, and those of the collection would be the same.`, 'name')
  }
}

/** Makes what was claimed. A failure leaves nothing behind, or what the same definition can go on with. */
async function make(services: Services, claimed: Claimed): Promise<CollectionRecord> {
  const { claim, table } = claimed
  try {
    const row = await beginTable(services, claimed)
    await services.storage.migrate([table], { patienceMilliseconds: lockPatienceMilliseconds })
    const problems = await services.storage.verify([table])
    const problem = problems.find(({ severity }) => severity === 'error')
    if (problem !== undefined) throw conflict(`The table cannot be used: ${problem.message}`, 'name')
    return await finish(services, claimed, row)
  } catch (error) {
    await abandon(services, claim)
    if (!isCardeaError(error, 'configuration_invalid')) throw error
    throw cannotBeMade(services, error)
  }
}

/** What the server says names things of the database that are nobody's business but the operator's. */
function cannotBeMade({ config }: Services, error: CardeaError): CardeaError {
  const isQuoted = error.cause !== undefined
  if (isQuoted) config.logger.warn('collections: the database refused to make a table', { error })
  const reason = isQuoted
    ? 'something else in the database has a name that it needs, or the app may not make tables. The log says more.'
    : error.message.replace(/^migrate: /, '')
  return conflict(`The table cannot be made: ${reason}`, 'name', error)
}

/** Makes sure that the table will be this collection's, and that everybody knows from now on. */
async function beginTable(
  { storage, clock }: Services,
  { claim, collection, table }: Claimed,
): Promise<CollectionRecord> {
  const { row } = claim
  const definition = definitionOf(collection)
  const isSame = row.table_name === table.name && JSON.stringify(row.definition) === JSON.stringify(definition)
  const madeBefore = row.table_begun && !(await isMissing(storage, toTable(collectionOf(row))))
  if (madeBefore && isSame) return row
  if (madeBefore) {
    throw conflict('Making a collection of this name with another definition broke off; send that one again.', 'name')
  }
  const [problem] = await storage.verify([table])
  if (problem?.problem !== 'missing_table') {
    const reason = problem?.message ?? `table ${table.name} exists, with what an earlier collection has left in it`
    throw conflict(`The table cannot be made: ${reason}`, 'name')
  }
  const set = { definition, table_name: table.name, table_begun: true, updated_at: clock() }
  if ((await storage.update(collectionTable, { where: mine(claim), set })) !== 1) throw overtaken()
  return { ...row, ...set }
}

/** Permissions, `ready` and the new version: all of it, or nothing. */
async function finish(
  { storage, policy, clock }: Services,
  { claim, collection }: Claimed,
  row: CollectionRecord,
): Promise<CollectionRecord> {
  const now = clock()
  const set = { state: 'ready', claim: '', claimed_at: 0, created_at: now, updated_at: now }
  await storage.transaction(async (transaction) => {
    // Takes the lock of the row whose other version moves below.
    await policy.addPermissions(transaction, permissionsOf(collection))
    if ((await transaction.update(collectionTable, { where: mine(claim), set })) !== 1) throw overtaken()
    // Of a collection that had the name before.
    await transaction.delete(settingsTable, eq('scope', collection.name))
    const waiting = and(oneOf('purpose', purposes), eq('collection', collection.name))
    await transaction.delete(verifications, waiting)
    await transaction.update(authz, { where: eq('id', 'authz'), increment: { config_version: 1 } })
  })
  return { ...row, ...set }
}

/** Of secrets that hang on no principal of their collection: whoever was invited to the one before is not to this one. */
const purposes = ['invitation', 'oauth_transaction', 'oauth_exchange']

/** Takes the definition back where no table was made; else lets go of it, for the next one to go on. */
async function abandon({ storage, config }: Services, claim: Claim): Promise<void> {
  try {
    const row = await storage.findOne(collectionTable, { where: mine(claim) })
    if (row === undefined) return
    if (!row.table_begun || (await isMissing(storage, toTable(collectionOf(row))))) {
      await storage.delete(collectionTable, mine(claim))
    } else {
      await storage.update(collectionTable, { where: mine(claim), set: { claim: '', claimed_at: 0 } })
    }
  } catch (error) {
    // The claim runs out by itself.
    config.logger.warn('collections: what broke off could not be put away', { error })
  }
}

async function isMissing(storage: Services['storage'], table: Table): Promise<boolean> {
  const [problem] = await storage.verify([table])
  return problem?.problem === 'missing_table'
}

/** Matches as long as nobody has taken over. */
const mine = ({ token, row }: Claim): Condition => and(eq('id', row.id), eq('claim', token), eq('state', 'pending'))

const overtaken = (): CardeaError => conflict('Another request is making a collection of this name.', 'name')

const conflict = (message: string, path: string, cause?: unknown): CardeaError =>
  new CardeaError('conflict', message, {
    issues: [{ path, code: 'taken', message }],
    ...(cause === undefined ? {} : { cause }),
  })
