import { routeContracts } from '@cardea/http/contract'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findingsOf } from './findings.js'
import { flows } from './flows.js'
import { type Executed, type ObservedDatabase, touchesTables } from './observed-database.js'
import { observedKinds } from './observed-kinds.js'
import { statementBudgets, statementCounts } from './statement-counts.js'
import { createWorld, settle } from './world.js'

/** What no flow has to use, and why. */
const usedByTheInstance: ReadonlySet<string> = new Set([
  // The instance has a policy of its own, and uses these of it when it starts and in what `permissions` and `users` do.
  'policy.sync',
  'policy.addPermissions',
  'policy.removePermissions',
  'policy.subject',
  'policy.within',
  'policy.lock',
  'policy.assign',
  'policy.assignNew',
  'policy.assertAssignable',
  'policy.unassign',
  'policy.removeAssignment',
  'policy.findAssignment',
  'policy.listAssignments',
  'policy.countAssignments',
  'policy.assertCovers',
  'policy.updateRole',
  'policy.findGrant',
  'policy.listGrants',
  'policy.countGrants',
  'policy.findPermission',
  'policy.updatePermission',
  'policy.deletePermission',
  'policy.rolesWith',
  'policy.hasBypassHolder',
  'policy.listBypassHolders',
  'policy.assertNotLastAdmin',
  'policy.assertCovers',
])

/** A plan may depend on the values: how many times the same statement is looked at. */
const explained = rounds({ test: 1, ci: 1, long: 3 })

/** Routes with an unsafe method that change nothing by themselves: one sends the browser on, the other answers a question. */
const changesNothing: ReadonlySet<string> = new Set(['postedOAuth', 'checkPermission'])

/** The name of the budget that a flow has to keep. */
const budgetOf = (name: string): string | undefined =>
  Object.keys(statementBudgets)
    .filter((flow) => name.startsWith(flow))
    .sort((a, b) => b.length - a.length)[0]

it('drives every route', () => {
  const driven = new Set(flows.flatMap(({ route }) => route ?? []))
  expect([...driven].sort()).toEqual(Object.keys(routeContracts).sort())
})

describe.each(firstWhereQuick(observedKinds))('flows on $name', (kind) => {
  let database: ObservedDatabase
  const counts = new Map<string, number>()
  const findings = new Set<string>()
  /** Statements that no plan was seen for: their rows were gone, and the database knew. */
  const unplanned = new Set<string>()
  const planned = new Set<string>()

  async function explain(flow: string, statement: Executed): Promise<void> {
    for (const plan of await database.explain(statement)) {
      if (plan.accesses.length > 0) planned.add(statement.sql)
      for (const finding of findingsOf(statement, plan)) findings.add(`${flow} ${finding}`)
    }
    if (!planned.has(statement.sql)) unplanned.add(statement.sql)
  }

  let unused: readonly string[] = []
  /** Routes of which a success was told. */
  const told = new Set<string | undefined>()

  beforeAll(async () => {
    database = await kind.open()
    const world = await createWorld(database)
    const migrated = database.executed.length
    await settle(world, database)
    const seen = new Map<string, number>()
    for (const flow of flows) {
      const act = await flow.prepare(world)
      world.events.length = 0
      const executed = await world.observe(act, { mails: flow.mails === true, audited: flow.audited === true })
      if (world.events.some(({ outcome }) => outcome === 'success')) told.add(flow.route)
      if (flow.counted !== false) counts.set(flow.name, executed.length)
      for (const statement of executed.filter(touchesTables)) {
        const times = seen.get(statement.sql) ?? 0
        seen.set(statement.sql, times + 1)
        if (times < explained || !planned.has(statement.sql)) await explain(flow.name, statement)
      }
    }
    // What went before the flows counts as well, such as writing the policy at the first start.
    for (const statement of database.executed.slice(migrated).filter(touchesTables)) {
      if (seen.has(statement.sql)) continue
      seen.set(statement.sql, 1)
      await explain('preparation', statement)
    }
    unused = world.unused()
  }, 240_000)

  afterAll(() => database?.close())

  it('use every method of the API', () => {
    expect(unused.filter((method) => !usedByTheInstance.has(method))).toEqual([])
  })

  it('have an event for every success of a route that changes something', () => {
    const changing = Object.entries(routeContracts).flatMap(([name, { method }]) => (method === 'GET' ? [] : [name]))
    expect(changing.filter((name) => !told.has(name) && !changesNothing.has(name))).toEqual([])
  })

  it('take the statements that are written down, no more', () => {
    const expected = Object.entries(statementCounts).map(([name, count]) => [
      name,
      typeof count === 'number' ? count : count[kind.name],
    ])
    expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(expected))
  })

  it('stay within the budgets of signing in, refreshing, resetting and guarded requests', () => {
    for (const [flow, budget] of Object.entries(statementBudgets)) {
      const taken = [...counts].flatMap(([name, count]) => (budgetOf(name) === flow ? count : []))
      expect(taken.length, flow).toBeGreaterThan(0)
      expect(Math.max(...taken), flow).toBeLessThanOrEqual(budget)
    }
  })

  it('read no table whole that grows, and sort nothing that no index bounds', () => {
    expect([...findings]).toEqual([])
  })

  it('show the plan of each of their look-ups', () => {
    const inserts = /^insert into/
    expect([...unplanned].filter((sql) => !planned.has(sql) && !inserts.test(sql))).toEqual([])
  })
})
