import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import { createCardea } from '../create-cardea.js'

/** A process of its own that signs somebody in many times at once. */
interface Task {
  /** A path is one of SQLite. */
  readonly url: string
  readonly email: string
  readonly password: string
  readonly times: number
}

export const maxPerPrincipal = 3
const secret = 'a secret for processes that sign in: 7b1d9e3f'
const passwords = { memoryKibibytes: 8, iterations: 1 } as const

/** An instance that keeps sessions few. */
export function instanceOn(url: string) {
  // However busy the machine is.
  const options = { statementTimeoutMilliseconds: 20_000 }
  const storage = url.startsWith('postgres')
    ? postgres(url, options)
    : url.startsWith('mysql')
      ? mysql(url, options)
      : sqlite(url, options)
  return createCardea({ storage, secret, environment: 'test', passwords, sessions: { maxPerPrincipal } })
}

/** @returns How many of the sign-ins succeeded. */
export async function signInMany({ url, email, password, times }: Task): Promise<number> {
  const auth = instanceOn(url)
  await auth.ready()
  const work = Array.from({ length: times }, () => auth.users.login({ email, password }))
  const done = await Promise.allSettled(work)
  await auth.close()
  return done.filter(({ status }) => status === 'fulfilled').length
}
