import { type AnyCollection, builtInUsers } from 'cardea'
import { createProofApp, type ProofApp } from '../app.js'
import type { OpenDatabase, ProofDatabase } from '../storages.js'
import { type BodyWorld, prepareBodies } from './route-bodies.js'

/** An app on a database of its own, in which every route that takes a body has somebody and something to act on. */
export interface OpenBodies {
  readonly database: OpenDatabase
  readonly app: ProofApp
  readonly world: BodyWorld
  readonly close: () => Promise<void>
}

export async function openBodies(open: ProofDatabase['open'], customers: AnyCollection): Promise<OpenBodies> {
  const database = await open()
  const app = await createProofApp(database.storage, {
    collections: [builtInUsers(), customers],
    auth: { otp: { enabled: true }, mfa: { enabled: true }, registration: 'open' },
  })
  const close = async (): Promise<void> => {
    await app.close()
    await database.drop()
  }
  return { database, app, world: await prepareBodies(app), close }
}
