import { builtInUsers, createCardea, type Storage, select, text } from 'cardea'
import { baseUrl, password, secret, userEmail } from '../peers/settings.ts'
import { copyRows, createNumbers } from './copy-rows.ts'
import type { SqlKind } from './sql-target.ts'

/** The users of an app, which have a unique field, and one with an index that many have the same of. */
export interface PageDatabase {
  readonly auth: ReturnType<typeof open>
  readonly close: () => Promise<void>
}

const users = builtInUsers({ badge: text({ unique: true }), plan: select(['free', 'paid'], { index: true }) })

const open = (storage: Storage) =>
  createCardea({
    storage,
    collections: [users],
    secret,
    baseUrl,
    environment: 'production',
    passwords: { memoryKibibytes: 8, iterations: 1 },
    logger: { info: () => undefined, warn: () => undefined, error: (message) => console.error(message) },
  })

/** Has no divisor in common with a power of ten, so that badges are in another order than ids. */
const stride = 7_919

/** Half of all badges come before it. */
export const badgeInTheMiddle = (rows: number): string => `b${String(Math.floor(rows / 2)).padStart(7, '0')}`

/**
 * The first user comes in by the front door; the others are copies of its rows.
 *
 * @returns Undefined where there is no server.
 */
export async function createPageDatabase(kind: SqlKind, rows: number): Promise<PageDatabase | undefined> {
  const target = await kind.create()
  if (target === undefined) return undefined
  const { words } = target
  const auth = open(target.open())
  await auth.migrate()
  await auth.ready()
  await auth.users.register({ email: userEmail(0), password, badge: `b${'0'.repeat(7)}`, plan: 'free' })
  const id = words.padded('00000000-0000-7000-8000-', 'n', 12)
  const badge = words.padded('b', `(n * ${stride}) % ${rows}`, 7)
  await target.bulk(async (session) => {
    await createNumbers(session, rows)
    for (const [table, columns] of Object.entries({
      cardea_principals: { id, record_key: id },
      auth_users: {
        id,
        email: words.padded('user', 'n', 8),
        badge,
        plan: `case when n % 4 = 0 then 'paid' else 'free' end`,
        created_at: `p.${words.quote('created_at')} + n`,
      },
      cardea_role_assignments: { id, principal_id: id },
    })) {
      await copyRows(session, words, { table, columns, first: 1, end: rows })
    }
  })
  return {
    auth,
    close: async () => {
      await auth.close()
      await target.drop()
    },
  }
}
