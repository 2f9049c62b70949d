import { getMigrations } from 'better-auth/db/migration'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { password, userEmail } from '../peers/settings.ts'
import { copyRows, createNumbers } from './copy-rows.ts'
import { createGrowthDatabase, type GrowthDatabase } from './growth-database.ts'
import { toCookie } from './seed-better-auth.ts'
import type { SqlKind } from './sql-target.ts'

/** The same users and as many sessions for both libraries on a server. */
export interface ServerWorld {
  readonly cardea: GrowthDatabase
  readonly betterAuth: {
    readonly location: string
    readonly callers: readonly { readonly userId: string; readonly cookie: string; readonly cachedCookie: string }[]
    readonly drop: () => Promise<void>
  }
}

interface ServerWorldSize {
  readonly users: number
  readonly sessions: number
  readonly callers: number
}

/** @returns Undefined where there is no server. */
export async function createServerWorld(kind: SqlKind, size: ServerWorldSize): Promise<ServerWorld | undefined> {
  const cardea = await createGrowthDatabase(kind, size)
  const betterAuth = await fillBetterAuth(kind, size)
  return cardea === undefined || betterAuth === undefined ? undefined : { cardea, betterAuth }
}

async function fillBetterAuth(
  kind: SqlKind,
  { users, sessions, callers: count }: ServerWorldSize,
): Promise<ServerWorld['betterAuth'] | undefined> {
  const target = await kind.create()
  if (target === undefined) return undefined
  const { words } = target
  const auth = openBetterAuth(target.location, { hasher: 'plain' })
  await (await getMigrations(auth.options)).runMigrations()
  await auth.api.signUpEmail({ body: { email: userEmail(0), password, name: 'User' } })
  const idOf = (number: string): string => words.padded('00000000000000000000', number, 12)
  const id = idOf('n')
  await target.bulk(async (session) => {
    await createNumbers(session, sessions)
    for (const [table, end, columns] of [
      ['user', users, { id, email: words.padded('user', 'n', 9, '@bench.example') }],
      ['account', users, { id, accountId: id, userId: id }],
      ['session', sessions, { id, token: words.scattered('n'), userId: idOf(`1 + (n % ${users - 1})`) }],
    ] as const) {
      await copyRows(session, words, { table, columns, first: 1, end })
    }
  })
  const callers: ServerWorld['betterAuth']['callers'][number][] = []
  for (let place = 0; place < count; place += 1) {
    const number = 1 + Math.floor(((place + 0.5) * (users - 1)) / count)
    const body = { email: `user${String(number).padStart(9, '0')}@bench.example`, password }
    const { headers, response } = await auth.api.signInEmail({ body, returnHeaders: true })
    const cookie = toCookie(headers)
    callers.push({ userId: response.user.id, cookie, cachedCookie: cookie })
  }
  return { location: target.location, callers, drop: target.drop }
}
