import { createHash, randomBytes } from 'node:crypto'
import type { Storage } from 'cardea'
import { type CardeaPeer, openCardea } from '../peers/open-cardea.ts'
import { password, userEmail } from '../peers/settings.ts'
import { copyRows, createNumbers } from './copy-rows.ts'
import type { BulkSession, SqlKind, SqlTarget } from './sql-target.ts'

/** Somebody with a session, somewhere in the middle of all the others. */
export interface GrowthCaller {
  readonly email: string
  readonly userId: string
  readonly cookieToken: string
  readonly tokenHash: string
}

/** A database with so many users, and some of them to ask about. */
export interface GrowthDatabase {
  readonly auth: CardeaPeer
  /** The path of its file, or its URL. */
  readonly location: string
  /** What single reads are made with. */
  readonly storage: Storage
  readonly callers: readonly GrowthCaller[]
  /** A node of its own on the same database. */
  readonly openNode: () => CardeaPeer
  readonly close: () => Promise<void>
}

/** Sign-ins are about the lookups here. */
const cheap = { memoryKibibytes: 8, iterations: 1 }

const domain = '@bench.example'

export interface GrowthSize {
  readonly users: number
  readonly sessions: number
  /** How many are asked about in turn: no more than there are users. */
  readonly callers: number
}

/**
 * The first user and its session come in by the front door; the others are copies of their rows. Callers are spread over the whole
 * table.
 *
 * @returns Undefined where there is no server.
 */
export async function createGrowthDatabase(kind: SqlKind, size: GrowthSize): Promise<GrowthDatabase | undefined> {
  const target = await kind.create()
  if (target === undefined) return undefined
  const auth = openCardea(target.location, { passwords: cheap })
  await auth.migrate()
  await auth.ready()
  await auth.users.register({ email: userEmail(0), password })
  const callers = await target.bulk((session) => fill(session, target, size))
  const storage = target.open()
  return {
    auth,
    location: target.location,
    storage,
    callers,
    openNode: () => openCardea(target.location, { passwords: cheap }),
    close: async () => {
      await auth.close()
      await storage.close()
      await target.drop()
    },
  }
}

async function fill(session: BulkSession, { words }: SqlTarget, size: GrowthSize): Promise<readonly GrowthCaller[]> {
  const { users, sessions } = size
  const principal = (number: string): string => words.padded('00000000-0000-7000-8000-', number, 12)
  const id = principal('n')
  const email = words.padded('user', 'n', 9, domain)
  await createNumbers(session, sessions)
  for (const [table, columns] of Object.entries({
    cardea_principals: { id, record_key: id },
    auth_users: { id, email },
    cardea_identifiers: { key: email, principal_id: id },
    cardea_credentials: { principal_id: id },
    cardea_role_assignments: { id, principal_id: id },
  })) {
    await copyRows(session, words, { table, columns, first: 1, end: users })
  }
  await copyRows(session, words, {
    table: 'cardea_sessions',
    columns: {
      id,
      // From 1 up: the first user has another kind of id.
      principal_id: principal(`1 + (n % ${users - 1})`),
      token_hash: words.scattered('n'),
      refresh_salt: words.scattered('n'),
    },
    first: 1,
    end: sessions,
  })
  await session.run('drop table bench_numbers')
  return await nameCallers(session, size)
}

/** Gives sessions all over the table a token that is known. */
async function nameCallers({ run }: BulkSession, size: GrowthSize): Promise<readonly GrowthCaller[]> {
  const { users, sessions, callers } = size
  const named: GrowthCaller[] = []
  for (let place = 0; place < callers; place += 1) {
    const number = 1 + Math.floor(((place + 0.5) * (sessions - 1)) / callers)
    const cookieToken = randomBytes(32).toString('base64url')
    const tokenHash = createHash('sha256').update(cookieToken).digest('base64url')
    const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
    await run(`update cardea_sessions set token_hash = '${tokenHash}' where id = '${id}'`)
    const owner = 1 + (number % (users - 1))
    const userId = `00000000-0000-7000-8000-${String(owner).padStart(12, '0')}`
    named.push({ userId, email: `user${String(owner).padStart(9, '0')}${domain}`, cookieToken, tokenHash })
  }
  return named
}
