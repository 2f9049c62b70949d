import { eq } from '@cardea/core'
import { principals } from '@cardea/storage'
import { expecting, type ProofApp, password } from './app.js'

/** What an address can be, and nobody outside may learn. */
export const accountClasses = [
  'unknown',
  'unknown and locked',
  'verified',
  'unverified',
  'disabled',
  'locked',
  'locked for all networks',
  'without a password',
  'with a second factor',
] as const
export type AccountClass = (typeof accountClasses)[number]

/** Wrong guesses from one network after which it is locked out of an account. */
const guessesToLock = 6

/** Makes an account of a class. @returns Its address. */
export async function makeAccount(app: ProofApp, kind: AccountClass, name: string): Promise<string> {
  const email = `${name}@example.test`
  if (kind === 'unknown') return email
  if (kind === 'unknown and locked') {
    await lock(app, email)
    return email
  }
  if (kind === 'without a password') {
    const { got } = await app.comeBack(name)
    if (got.location.includes('error=')) throw new Error(`sent to ${got.location}`)
    return email
  }
  const user = await app.auth.users.create(
    { email, password, username: name, name: 'N' },
    { verified: kind !== 'unverified' },
  )
  if (kind === 'locked for all networks') await lockForAll(app, user.id)
  if (kind === 'disabled') await app.auth.users.disable(user.id)
  if (kind === 'with a second factor') await app.enroll(email)
  if (kind === 'locked') {
    await lock(app, email)
    // In truth: now the right one is refused as well.
    await expecting(401, app.send('POST', '/api/v1/auth/login', { body: { email, password } }))
  }
  return email
}

/** Guesses until no guess counts from the network of the tests, whoever has the address. */
async function lock(app: ProofApp, email: string): Promise<void> {
  for (let guess = 0; guess < guessesToLock; guess += 1) {
    const body = { email, password: 'not the password' }
    await expecting(401, app.send('POST', '/api/v1/auth/login', { body }))
  }
}

/** What eighty guesses from as many networks come to. */
async function lockForAll(app: ProofApp, id: string): Promise<void> {
  await app.storage.update(principals, { where: eq('id', id), set: { failed_attempts: 80 } })
}
