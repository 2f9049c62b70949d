import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Scale } from '../measure/scale.ts'
import { openCardea } from '../peers/open-cardea.ts'
import { password, userEmail } from '../peers/settings.ts'
import { createRowCloner, inTransaction } from './clone-row.ts'
import type { CardeaCaller, World } from './world.ts'

/** Makes hundreds of sign-ins cheap; nothing that is measured has these. */
const cheap = { memoryKibibytes: 8, iterations: 1 }

/**
 * Fills a database: the first user comes in by the front door, the others are copies of its rows. The callers sign in.
 *
 * @param signers How many accounts get a hash at full cost.
 */
export async function seedCardea(
  folder: string,
  scale: Scale,
  hash: string,
  signers: number,
): Promise<World['cardea']> {
  const file = join(folder, 'cardea.db')
  const auth = openCardea(file, { passwords: cheap })
  await auth.migrate()
  await auth.ready()
  await auth.users.register({ email: userEmail(0), password })
  copyUsers(file, scale)
  const callers: CardeaCaller[] = []
  for (let number = scale.users - scale.callers; number < scale.users; number += 1) {
    const { user, cookieToken, accessToken } = await auth.users.login({ email: userEmail(number), password })
    if (cookieToken === undefined || accessToken === undefined) throw new Error('a sign-in gave no tokens')
    callers.push({ userId: user.id, cookieToken, accessToken, cookie: `__Host-session=${cookieToken}` })
  }
  await auth.close()
  const emails = Array.from({ length: signers }, (_, number) => userEmail(number))
  setHashes(file, emails, hash)
  return { file, callers, emails }
}

function copyUsers(file: string, scale: Scale): void {
  const database = new DatabaseSync(file)
  const principal = createRowCloner(database, 'cardea_principals')
  const record = createRowCloner(database, 'auth_users')
  const identifier = createRowCloner(database, 'cardea_identifiers')
  const credential = createRowCloner(database, 'cardea_credentials')
  const assignment = createRowCloner(database, 'cardea_role_assignments')
  const session = createRowCloner(database, 'cardea_sessions')
  inTransaction(database, () => {
    const users = [String(database.prepare('select id from cardea_principals').get()?.['id'])]
    for (let number = 1; number < scale.users; number += 1) {
      const id = randomUUID()
      const email = userEmail(number)
      principal({ id, record_key: id })
      record({ id, email })
      identifier({ key: email, principal_id: id })
      credential({ principal_id: id })
      assignment({ id: randomUUID(), principal_id: id })
      users.push(id)
    }
    for (let number = scale.callers; number < scale.sessions; number += 1) {
      session({
        id: randomUUID(),
        principal_id: users[number % users.length] ?? '',
        token_hash: createHash('sha256').update(randomBytes(32)).digest('base64url'),
        refresh_salt: randomBytes(16).toString('base64url'),
      })
    }
  })
  database.close()
}

function setHashes(file: string, emails: readonly string[], hash: string): void {
  const database = new DatabaseSync(file)
  const update = database.prepare(
    'update cardea_credentials set hash = ? where principal_id = (select principal_id from cardea_identifiers where key = ?)',
  )
  for (const email of emails) {
    if (Number(update.run(hash, email).changes) !== 1) throw new Error(`there is no credential of ${email}`)
  }
  database.close()
}
