import type { AuthCollection } from '@cardea/collections'
import { CardeaError, isCardeaError } from '@cardea/core'
import { askedBy } from '../administration/asked-by.js'
import type { Authentication } from '../api/sign-in.js'
import type { ImportOptions, ImportReport } from '../api/transfer.js'
import type { Services } from '../services/services.js'
import { admit, requireLiving } from '../users/actor.js'
import { createTally, type Tally } from './import-report.js'
import { type ParsedImportOptions, parseImportOptions } from './parse-options.js'
import { type PreparedUser, prepareUser } from './prepare-user.js'
import { type ReadUser, readUsers } from './read-users.js'
import { type Issues, issue } from './refusal.js'
import { type Outcome, writeBatch } from './write-batch.js'

interface Import {
  readonly services: Services
  readonly collection: AuthCollection
  readonly options: ParsedImportOptions
  readonly by: Authentication | undefined
  readonly tally: Tally
}

/** A record in turn: a user to be written, or what is wrong with it. */
interface Queued {
  readonly record: number
  readonly line: number
  readonly user: PreparedUser | undefined
  readonly issues: Issues
}

/** Imports users of a file, a batch in each transaction. */
export async function importUsers(
  services: Services,
  collection: AuthCollection,
  source: AsyncIterable<Uint8Array>,
  input: ImportOptions,
): Promise<ImportReport> {
  if (services.inTransaction === true) {
    throw new CardeaError('invalid_request', 'An import has transactions of its own: it cannot be part of another one.')
  }
  const options = parseImportOptions(collection, input)
  const by = await admit(services, options.by)
  const tally = createTally(options.onRefused)
  const task: Import = { services, collection, options, by, tally }
  try {
    const records = await run(task, source)
    return tally.report(records, options.dryRun)
  } finally {
    const { imported, updated } = tally.counts(0)
    if (!options.dryRun && imported + updated > 0) {
      const about = { at: services.clock(), collection: collection.name, principalId: null, ...askedBy(by, null) }
      services.emit({ type: 'users.imported', users: imported + updated, ...about })
    }
  }
}

async function run(task: Import, source: AsyncIterable<Uint8Array>): Promise<number> {
  const { services, collection, options, by } = task
  let records = options.after
  let queue: Queued[] = []
  const flush = async (): Promise<void> => {
    if (queue.length === 0) return
    const batch = queue
    queue = []
    // A file may take longer than the session, or the key, that it came with.
    if (by !== undefined && records > options.after) await requireLiving(services, by)
    await settle(task, batch)
    records = batch.at(-1)?.record ?? records
    await options.onProgress?.(task.tally.counts(records))
  }
  for await (const read of readUsers(collection, checked(source), options)) {
    queue.push(await prepare(task, read))
    if (queue.length >= options.batchSize) await flush()
  }
  await flush()
  return records
}

/** Text would have lost what is wrong with its bytes. */
async function* checked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (!(chunk instanceof Uint8Array)) throw new CardeaError('invalid_request', 'The source must give bytes.')
    yield chunk
  }
}

async function prepare({ services, collection, options }: Import, read: ReadUser): Promise<Queued> {
  const { record, line } = read
  if (read.issues !== undefined) return { record, line, user: undefined, issues: read.issues }
  const prepared = await prepareUser(services, collection, read.user, options)
  return isIssues(prepared)
    ? { record, line, user: undefined, issues: prepared }
    : { record, line, user: prepared, issues: [] }
}

const isIssues = (value: PreparedUser | Outcome): value is Issues => Array.isArray(value)

/** Writes a batch and counts; one by one where it cannot be written as a whole. */
async function settle(task: Import, batch: readonly Queued[]): Promise<void> {
  const users = batch.flatMap(({ user }) => user ?? [])
  const outcomes = users.length === 0 ? [] : await write(task, users)
  let next = 0
  for (const { record, line, user, issues } of batch) {
    const outcome = user === undefined ? issues : (outcomes[next] ?? [])
    if (user !== undefined) next += 1
    if (outcome === 'imported') task.tally.imported(user?.hash !== undefined)
    else if (outcome === 'updated') task.tally.updated()
    else if (outcome === 'skipped') task.tally.skipped()
    else task.tally.refused({ record, line, issues: outcome })
  }
}

/** How often a single user is tried whose key somebody else has taken at the same moment. */
const mostTries = 3

async function write(task: Import, users: readonly PreparedUser[]): Promise<readonly Outcome[]> {
  const [first] = users
  for (let tries = 1; ; tries += 1) {
    const attempt = { admitted: false }
    try {
      return await transact(task, users, attempt)
    } catch (error) {
      // Whoever may not import at all is not told so record by record.
      const refusal = attempt.admitted ? refusalOf(error) : undefined
      if (refusal === undefined) throw error
      if (users.length > 1) break
      const wasTaken = isCardeaError(error, 'email_taken')
      if (first === undefined || !wasTaken || tries === mostTries) return [refusal]
    }
  }
  const outcomes: Outcome[] = []
  for (const user of users) outcomes.push(...(await write(task, [user])))
  return outcomes
}

/** Takes what a dry run has found out of the transaction that it undoes. */
class Undo extends Error {
  override readonly name = 'Undo'
  readonly outcomes: readonly Outcome[]
  constructor(outcomes: readonly Outcome[]) {
    super('a dry run is undone')
    this.outcomes = outcomes
  }
}

async function transact(
  { services, collection, options, by }: Import,
  users: readonly PreparedUser[],
  attempt: { admitted: boolean },
): Promise<readonly Outcome[]> {
  const onAdmitted = (): void => {
    attempt.admitted = true
  }
  try {
    return await services.storage.transaction(async (transaction) => {
      const outcomes = await writeBatch({ services, collection, options, by, onAdmitted }, transaction, users)
      if (options.dryRun) throw new Undo(outcomes)
      return outcomes
    })
  } catch (error) {
    if (error instanceof Undo) return error.outcomes
    throw error
  }
}

/** What a record is refused for; undefined for what is wrong with the import itself. */
function refusalOf(error: unknown): Issues | undefined {
  if (!isCardeaError(error)) return undefined
  switch (error.code) {
    case 'email_taken':
      return issue('email', 'email_taken', 'is taken')
    case 'username_taken':
      return issue('username', 'taken', 'is taken')
    case 'unique_violation':
      return issue(error.constraint?.key ?? '', 'taken', 'is taken')
    case 'conflict':
      return error.issues ?? issue('', 'conflict', 'does not fit to what is there')
    case 'foreign_key_violation':
      return issue('', 'not_found', 'names a record that does not exist')
    case 'forbidden':
      return issue('roles', 'forbidden', 'has more rights than whoever asks may give')
    default:
      return undefined
  }
}
