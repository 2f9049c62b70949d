import { routeContracts } from '@cardea/http/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fill, grown, policyTables } from './fill.js'
import { createFlows, type Flow } from './flows.js'
import { createPlanApp } from './plan-app.js'
import { type PlanDatabase, planDialects } from './plan-databases.js'
import { statementCounts } from './statement-counts.js'

/**
 * What may be read from one end to the other, and why. A table that is not named here has a row for each account or more.
 */
const readWhole: Readonly<Record<string, { readonly when: RegExp; readonly why: string }>> = {
  cardea_migrations: { when: /./, why: 'a row for each change of a table; read when a table is made' },
  cardea_collections: {
    when: /"?`?state"?`? = /,
    why: 'a row for each collection of run time; read when one was made',
  },
  cardea_permissions: {
    when: /from ["`]cardea_permissions["`] as ["`]t0["`]( order by .*)?$/,
    why: 'loads the policy',
  },
  cardea_role_parents: { when: /from ["`]cardea_role_parents["`] as ["`]t0["`]$/, why: 'loads the policy' },
  cardea_roles: {
    when: /where ["`]t0["`]\.["`]tenant["`] = \S+( order by .*)?$|["`]bypass["`] = /,
    why: 'loads the policy, or looks for the roles that bypass it: at the start, and before the last admin goes',
  },
}

/** Makes a table, which no planner plans. */
const isDefinition = (sql: string): boolean => /^\s*(create|drop|alter) /i.test(sql)
/** Reads no table, or a catalogue of the database. */
const readsOwnTables = (table: string): boolean => /^(cardea|auth)_/.test(table)

describe.each(planDialects)('statements on $name', ({ name, open }) => {
  let database: PlanDatabase
  const ran = new Map<Flow, { readonly statements: readonly string[]; readonly result: unknown }>()

  beforeAll(async () => {
    database = await open()
    const app = await createPlanApp(database.storage)
    await fill(database.storage, app.time.now)
    await database.analyze([...grown, ...policyTables])
    const flows = await createFlows(app)
    database.take()
    for (const flow of flows) {
      const result = await flow.run()
      ran.set(flow, { statements: database.take(), result })
    }
  }, 240_000)

  afterAll(() => database?.close())

  const everyStatement = () => new Set([...ran.values()].flatMap(({ statements }) => statements))

  it('come from every route', () => {
    const missed = new Set(Object.keys(routeContracts))
    for (const [{ name: flow, route, status }, { result }] of ran) {
      if (route === undefined) continue
      missed.delete(route)
      expect(result, flow).toMatchObject({ status })
    }
    expect([...missed]).toEqual([])
  })

  it('find their rows by an index', async () => {
    const offences: string[] = []
    for (const sql of everyStatement()) {
      if (isDefinition(sql)) continue
      for (const { table, whole, how } of await database.accesses(sql)) {
        if (!whole || !readsOwnTables(table) || readWhole[table]?.when.test(sql)) continue
        offences.push(`${table}: ${how}\n  ${sql}`)
      }
    }
    expect(offences).toEqual([])
  })

  it('are looked at in all tables that grow', async () => {
    const seen = new Set<string>()
    for (const sql of everyStatement()) {
      if (!isDefinition(sql)) for (const { table } of await database.accesses(sql)) seen.add(table)
    }
    expect(grown.filter((table) => !seen.has(table))).toEqual([])
  })

  it('are as many as were counted', () => {
    const counts = [...ran].flatMap(([{ name: flow, counted }, { statements }]) =>
      counted === false ? [] : [[flow, statements.length] as const],
    )
    expect(Object.fromEntries(counts)).toEqual(statementCounts(name))
  })
})
