import type { Services } from '../services/services.js'
import { type DeliveryDeps, deliver } from './deliver.js'
import { failureOf } from './failure.js'
import type { JobsReport } from './jobs.js'
import { buryJob, claimJob, findWaiting, type JobRow, maximumAttempts, postponeJob, removeJob } from './outbox.js'
import { serverOf } from './server-of.js'

/** How long a job belongs to whoever took it: longer than working on it can take. */
const leaseMilliseconds = ({ timeoutMilliseconds }: DeliveryDeps): number => Math.max(120_000, 5 * timeoutMilliseconds)

/** So that one server that does not answer does not hold up all mail. */
const lanes = 5
const firstDelayMilliseconds = 10_000
const maximumDelayMilliseconds = 3_600_000
/** Passes in which others took everything, after which they are left to it. */
const maximumIdlePasses = 3

/** What one run did, and what it knows of what comes. */
export interface Run extends Omit<JobsReport, 'remaining'> {
  /** When the next job is due that was not; undefined when there is none. */
  readonly nextAt: number | undefined
}

interface Tally {
  sent: number
  failed: number
  dropped: number
}

/**
 * Works on what is due until nothing is. Any number may do so at once, here and elsewhere: each job is taken by one.
 *
 * @param goesOn Asked before each pass.
 */
export async function runJobs(
  deps: DeliveryDeps,
  services: Services,
  limit: number,
  goesOn: () => boolean,
): Promise<Run> {
  const { storage, clock } = services
  const tally: Tally = { sent: 0, failed: 0, dropped: 0 }
  const done = (): number => tally.sent + tally.failed + tally.dropped
  let idle = 0
  let nextAt: number | undefined
  while (done() < limit && idle < maximumIdlePasses && goesOn()) {
    const waiting = await findWaiting(storage)
    const now = clock()
    const due = waiting.filter(({ due_at }) => due_at <= now)
    nextAt = waiting.find(({ due_at }) => due_at > now)?.due_at
    if (due.length === 0) break
    // Texts may have been stored since: whoever asked for a mail after that gets them.
    await services.collections.latest()
    const before = done()
    const taken = rotate(due.slice(0, limit - before), services.random(1)[0] ?? 0)
    await inLanes(taken, (row) => workOn(deps, services, row, tally))
    idle = done() === before ? idle + 1 : 0
  }
  return { ...tally, nextAt }
}

/** So that several nodes that read the same jobs begin at different ones. */
const rotate = <Item>(items: readonly Item[], by: number): readonly Item[] => {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

/** An error ends its lane; the others go on, and then it is thrown. */
async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function workOn(deps: DeliveryDeps, services: Services, row: JobRow, tally: Tally): Promise<void> {
  const { storage, clock } = services
  if (row.attempts >= maximumAttempts) {
    // Whoever took it the last time never came back.
    if ((await buryJob(storage, row, clock(), 'interrupted')) === 1) tally.failed += 1
    return
  }
  const claimed = await claimJob(storage, row, clock() + leaseMilliseconds(deps))
  if (claimed === undefined) return
  try {
    const outcome = await deliver(deps, services, claimed)
    tally[outcome] += 1
  } catch (error) {
    tally.failed += 1
    await settleFailure(deps, services, claimed, error)
    return
  }
  await removeJob(storage, claimed)
}

async function settleFailure(deps: DeliveryDeps, services: Services, row: JobRow, error: unknown): Promise<void> {
  const { storage, clock, random, config } = services
  const { code, permanent, at } = failureOf('failed', error)
  const server = code.startsWith('transport_failed') ? serverOf(deps.options.transport) : undefined
  const fields = {
    id: row.id,
    kind: row.kind,
    attempts: row.attempts,
    code,
    ...(server === undefined ? {} : { server }),
    ...(at === undefined ? {} : { at }),
  }
  if (permanent || row.attempts >= maximumAttempts) {
    await buryJob(storage, row, clock(), code)
    config.logger.error('A mail was given up; auth.jobs.deadLetters() lists it.', fields)
    return
  }
  const delay = delayAfter(row.attempts, random(1)[0] ?? 0)
  await postponeJob(storage, row, clock() + delay, code)
  config.logger.warn('A mail was not sent and is tried again.', { ...fields, inSeconds: Math.ceil(delay / 1_000) })
}

/**
 * 10 seconds, then twice as long each time up to an hour, and up to a quarter more, so that what failed together does not
 * come back together.
 *
 * @param random 0 to 255.
 */
function delayAfter(attempts: number, random: number): number {
  const delay = firstDelayMilliseconds * 2 ** (attempts - 1)
  return Math.min(Math.round(delay * (1 + random / 1_020)), maximumDelayMilliseconds)
}
