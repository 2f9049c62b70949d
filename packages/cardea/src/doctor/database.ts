import { and, gte, lt } from '@cardea/core'
import {
  type Finding,
  limits,
  type SchemaProblem,
  type Storage,
  type StorageExamination,
  type Table,
} from '@cardea/storage'
import type { Services } from '../services/services.js'
import { explain } from './explain.js'

/** Nodes whose clocks differ by more give out tokens that others take for expired, or for not valid yet. */
const toleratedSkewMilliseconds = 5_000

const migrate = 'run `npx cardea migrate`, or auth.migrate()'

/** Whether the database answers, and what it and its adapter say of themselves. */
export async function examineDatabase({ storage, clock }: Services): Promise<{
  readonly answers: boolean
  readonly findings: readonly Finding[]
}> {
  const before = clock()
  let examination: StorageExamination
  try {
    examination = await storage.examine()
  } catch (error) {
    return { answers: false, findings: [{ name: 'database', status: 'problem', ...explain(error) }] }
  }
  const { version, place, now, findings } = examination
  const ownNow = (before + clock()) / 2
  return {
    answers: true,
    findings: [
      { name: 'database', status: 'ok', message: `${version}${place === undefined ? '' : ` (${place})`} answers` },
      ...(now === undefined ? [] : [clockFinding(now - ownNow)]),
      ...findings,
      ...(await nodesFindings(storage)),
    ],
  }
}

function clockFinding(skewMilliseconds: number): Finding {
  const name = 'clocks'
  const apart = Math.abs(skewMilliseconds)
  if (apart <= toleratedSkewMilliseconds) {
    return { name, status: 'ok', message: 'this machine and the database agree on the time' }
  }
  const message = `this machine is ${Math.round(apart / 1_000)} s ${skewMilliseconds > 0 ? 'behind' : 'ahead of'} the database`
  return { name, status: 'warning', message, advice: 'keep both machines in time, by NTP' }
}

/**
 * A database server is what several nodes share, and what they do not share matters then. Where requests are counted is said to the
 * adapter that serves them, which need not be in this process; what is counted in the database can be seen there.
 */
async function nodesFindings(storage: Storage): Promise<readonly Finding[]> {
  if (storage.dialect === 'memory' || storage.dialect === 'sqlite') return []
  const name = 'rate limits'
  if (await areCountedHere(storage)) return [{ name, status: 'ok', message: 'the database counts for all nodes' }]
  return [
    {
      name,
      status: 'warning',
      message:
        'nothing was counted in the database of late: unless Redis counts, each process counts for itself, and n nodes let n times as many requests pass',
      advice:
        "with several nodes, set `rateLimits: { store: 'database' }` where the routes are served, or `rateLimitStore` to redisRateLimits(…) of @cardea/redis; with one, or where that is set, nothing is to be done",
    },
  ]
}

/** Before the first migration nothing is counted. */
async function areCountedHere(storage: Storage): Promise<boolean> {
  const ofRequests = and(gte('key', 'request:'), lt('key', 'request;'))
  return await storage.find(limits, { where: ofRequests, limit: 1 }).then(
    (rows) => rows.length > 0,
    () => false,
  )
}

/**
 * Compares tables with what is needed of them.
 *
 * @param name Of the finding.
 */
export async function examineSchema(
  { storage }: Services,
  tables: readonly Table[],
  name = 'schema',
): Promise<readonly Finding[]> {
  let problems: readonly SchemaProblem[]
  try {
    problems = await storage.verify(tables)
  } catch (error) {
    return [{ name, status: 'problem', ...explain(error) }]
  }
  if (problems.length === 0)
    return [{ name, status: 'ok', message: `all ${tables.length} tables are as they should be` }]
  // Before the first migration, one line says it all. It makes no table again that is gone.
  const missing = problems.filter(({ problem, advice }) => problem === 'missing_table' && advice === 'migrate')
  const others = missing.length === tables.length ? [] : problems
  if (others.length === 0) {
    return [{ name, status: 'problem', message: 'the database is not migrated: no table is there', advice: migrate }]
  }
  return others.map(
    ({ severity, message, advice }): Finding => ({
      name,
      status: severity === 'error' ? 'problem' : 'warning',
      message,
      advice: advice === 'migrate' ? migrate : advice,
    }),
  )
}
