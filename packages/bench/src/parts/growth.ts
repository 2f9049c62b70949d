import { eq, matches, param } from '@cardea/core'
import { identifiers, sessions } from '@cardea/storage'
import { type Call, createCallers } from '../measure/calls.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import type { Scale } from '../measure/scale.ts'
import { held, password } from '../peers/settings.ts'
import type { PartResult, Row } from '../report/part.ts'
import { judge, relation, toRow, under } from '../report/rows.ts'
import { createGrowthDatabase, type GrowthDatabase, type GrowthSize } from '../world/growth-database.ts'
import { type SqlKind, sqlKinds } from '../world/sql-target.ts'
import { turnOf } from '../world/world.ts'
import type { Part } from './context.ts'
import { mustBe } from './right.ts'

/** What an app does all the time, and what it costs where there are many more rows. */
const check = 'session check'
const read = 'the read of a session'
const lookup = 'sign-in lookup'
const permission = 'session and permission check'
const first = 'the same, a principal’s first at a node'
const signIn = 'a whole sign-in, cheaply hashed'

/** Those that the budget is about. */
const budgeted = [check, read, lookup, permission]

/** What the same takes with a thousand times as many users. */
export const growth: Part = {
  name: 'growth',
  run: async ({ scale }) => {
    const results: Pick<PartResult, 'rows' | 'verdicts'>[] = []
    const missing: string[] = []
    for (const kind of sqlKinds) {
      const found = await measure(kind, scale)
      if (found === undefined) missing.push(kind.name)
      else results.push(found)
    }
    const callers = callersOf(scale)
    return {
      name: 'growth',
      title: `What more rows cost: ${scale.growth.map(nameOf).join('; ')}`,
      rows: results.flatMap(({ rows }) => rows),
      verdicts: results.flatMap(({ verdicts }) => verdicts),
      notes: [
        `one call after the other, of ${callers} users in turn, whose rows lie all over the tables`,
        `${check}: as a server has it; on SQLite, rows of before are known where nothing was committed since, so "${read}" leaves that out`,
        `${lookup}: identifier, principal, credential and versions in one statement`,
        `${first}: nothing of the principal is known, and its roles are read`,
        ...(missing.length === 0 ? [] : [`no server of ${missing.join(' and ')} answered`]),
      ],
    }
  },
}

const shorten = (count: number): string =>
  count >= 1_000_000 ? `${count / 1_000_000} M` : count >= 1_000 ? `${count / 1_000} k` : String(count)
const nameOf = ({ users, sessions: count }: Scale['growth'][number]): string =>
  `${shorten(users)} users, ${shorten(count)} sessions`

/** No more than the smallest database has users. */
const callersOf = ({ growth: sizes, callers }: Scale): number =>
  Math.min(callers, ...sizes.map(({ users }) => users - 1))

async function measure(kind: SqlKind, scale: Scale): Promise<Pick<PartResult, 'rows' | 'verdicts'> | undefined> {
  const databases: { readonly users: string; readonly database: GrowthDatabase }[] = []
  try {
    for (const size of scale.growth) {
      const full: GrowthSize = { ...size, callers: callersOf(scale) }
      const database = await createGrowthDatabase(kind, full)
      if (database === undefined) return undefined
      databases.push({ users: `${shorten(size.users)} users`, database })
    }
    const named = (what: string, users: string): string => `${kind.name}, ${what}, ${users}`
    const contenders = databases.flatMap(({ users, database }): readonly Contender[] => {
      const calls = Object.entries(callsOf(database)).map(([what, call]) => [named(what, users), call] as const)
      const { contenders: callers } = createCallers(Object.fromEntries(calls), scale.turnMilliseconds / 2)
      return [...callers, { name: named(first, users), turn: () => firstTimes(database, scale) }]
    })
    const measured = await interleave(contenders, { rounds: scale.growthRounds, warmUp: true })
    const sizes = databases.map(({ users }) => users)
    const [few = '', ...more] = sizes
    const rows = [...budgeted, first, signIn].flatMap((what): Row[] => [
      toRow(measured, named(what, few), 'µs', undefined),
      ...more.map((users) => toRow(measured, named(what, users), 'µs', named(what, few))),
    ])
    const most = more.at(-1) ?? few
    return {
      rows,
      verdicts: under(
        'growth',
        budgeted.map((what) =>
          judge(
            `${kind.name}: ${what}, ${most} ≤ 1.5 × ${few}`,
            relation(measured, named(what, most), named(what, few)),
            { atMost: 1.5 },
            scale.judged,
          ),
        ),
      ),
    }
  } finally {
    for (const { database } of databases) await database.close()
  }
}

/** The statement that a session check makes, without what remembers its row. */
const bySession = {
  where: eq('token_hash', param('hash')),
  include: { principal: true, authz: true },
  limit: 1,
} as const

const byEmail = {
  where: matches({ collection: param('collection'), kind: param('kind'), key: param('key') }),
  include: { principal: true, credential: true, authz: true },
} as const

function callsOf({ auth, callers, storage }: GrowthDatabase): Readonly<Record<string, Call>> {
  return {
    [check]: async (index) => {
      const found = await auth.sessions.verify({ cookieToken: turnOf(callers, index).cookieToken })
      mustBe(found.authenticated, 'a session')
    },
    [read]: async (index) => {
      const { tokenHash } = turnOf(callers, index)
      const [row] = await storage.find(sessions, bySession, { hash: tokenHash })
      mustBe(row?.token_hash === tokenHash && row.principal.status === 'active', 'a session')
    },
    [lookup]: async (index) => {
      const key = turnOf(callers, index).email
      const row = await storage.findOne(identifiers, byEmail, { collection: 'users', kind: 'email', key })
      mustBe(row?.key === key && row.credential !== null, 'somebody who signs in')
    },
    [permission]: (index) => checkPermission(auth, turnOf(callers, index).cookieToken),
    [signIn]: async (index) => {
      const { email } = turnOf(callers, index)
      mustBe((await auth.users.login({ email, password })).user.email === email, 'a sign-in')
    },
  }
}

async function checkPermission(
  { permissions, sessions: service }: GrowthDatabase['auth'],
  cookieToken: string,
): Promise<void> {
  const found = await service.verify({ cookieToken })
  if (!found.authenticated) throw new Error('a wrong answer: a session')
  mustBe((await permissions.subject(found.authentication)).can(held), 'a permission that is held')
}

/** A node that has seen nobody yet. @returns Microseconds each, without the first of all, which loads the policy. */
async function firstTimes({ callers, openNode }: GrowthDatabase, scale: Scale): Promise<number> {
  const auth = openNode()
  await auth.ready()
  const [one, ...others] = callers.slice(0, 1 + Math.min(200, scale.callers))
  await checkPermission(auth, one?.cookieToken ?? '')
  const start = performance.now()
  for (const { cookieToken } of others) await checkPermission(auth, cookieToken)
  const elapsed = performance.now() - start
  await auth.close()
  return (elapsed / others.length) * 1_000
}
