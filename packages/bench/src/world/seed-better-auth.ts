import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hashPassword } from 'better-auth/crypto'
import { getMigrations } from 'better-auth/db/migration'
import type { Scale } from '../measure/scale.ts'
import { openBetterAuth } from '../peers/open-better-auth.ts'
import { password, userEmail } from '../peers/settings.ts'
import { createRowCloner, inTransaction } from './clone-row.ts'
import type { BetterAuthCaller, World } from './world.ts'

/** Ids and tokens look like those that it makes: 32 letters and digits. */
const createId = (): string => randomBytes(16).toString('hex')

/** Does for better-auth what `seedCardea` does for Cardea. */
export async function seedBetterAuth(
  folder: string,
  scale: Scale,
  argon2Hash: string,
  signers: number,
): Promise<World['betterAuth']> {
  const file = join(folder, 'better-auth.db')
  const auth = openBetterAuth(file, { hasher: 'plain' })
  await (await getMigrations(auth.options)).runMigrations()
  await auth.api.signUpEmail({ body: { email: userEmail(0), password, name: 'User' } })
  copyUsers(file, scale)
  const cached = openBetterAuth(file, { hasher: 'plain', cookieCache: true })
  const callers: BetterAuthCaller[] = []
  for (let number = scale.users - scale.callers; number < scale.users; number += 1) {
    const body = { email: userEmail(number), password }
    const { headers, response } = await auth.api.signInEmail({ body, returnHeaders: true })
    const cookie = toCookie(headers)
    const again = await cached.api.getSession({ headers: new Headers({ cookie }), returnHeaders: true })
    callers.push({ userId: response.user.id, cookie, cachedCookie: `${cookie}; ${toCookie(again.headers)}` })
  }
  const emails = Array.from({ length: 2 * signers }, (_, number) => userEmail(number))
  const scryptEmails = emails.slice(0, signers)
  const argon2Emails = emails.slice(signers)
  setHashes(file, scryptEmails, await hashPassword(password))
  setHashes(file, argon2Emails, argon2Hash)
  return { file, callers, scryptEmails, argon2Emails }
}

function copyUsers(file: string, scale: Scale): void {
  const database = new DatabaseSync(file)
  const user = createRowCloner(database, 'user')
  const account = createRowCloner(database, 'account')
  const session = createRowCloner(database, 'session')
  inTransaction(database, () => {
    const users = [String(database.prepare('select id from user').get()?.['id'])]
    for (let number = 1; number < scale.users; number += 1) {
      const id = createId()
      user({ id, email: userEmail(number) })
      account({ id: createId(), accountId: id, userId: id })
      users.push(id)
    }
    for (let number = scale.callers; number < scale.sessions; number += 1) {
      session({ id: createId(), token: createId(), userId: users[number % users.length] ?? '' })
    }
  })
  database.close()
}

function setHashes(file: string, emails: readonly string[], hash: string): void {
  const database = new DatabaseSync(file)
  const update = database.prepare(
    'update account set password = ? where userId = (select id from user where email = ?)',
  )
  for (const email of emails) {
    if (Number(update.run(hash, email).changes) !== 1) throw new Error(`there is no account of ${email}`)
  }
  database.close()
}

/** The `Cookie` header that a browser would send after an answer. */
export function toCookie(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}
