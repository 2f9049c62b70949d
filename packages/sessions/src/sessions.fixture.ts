import { createHmac } from 'node:crypto'
import { eq } from '@cardea/core'
import { createKeyring, createUuidV7, type Keyring, secureRandom } from '@cardea/core/crypto'
import { principals, type RowOf, type Storage, sessions as sessionTable, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import type { SessionEvent } from './events.js'
import type { SessionProof, StartedSession } from './session/start-session.js'
import { createSessions, type Sessions, type SessionsDeps } from './sessions.js'

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

export const rootSecret = 'a root secret of more than thirty-two bytes'
export const otherSecret = 'another root secret of more than thirty-two bytes'

export interface TestBench {
  readonly storage: Storage
  readonly sessions: Sessions
  readonly keyring: Keyring
  readonly events: SessionEvent[]
  /** The app's clock and the database's, each movable. */
  readonly time: { now: number; databaseNow: number }
  /** Moves both clocks. */
  readonly advance: (milliseconds: number) => void
  /** How many statements the work made, without those in the background. */
  readonly countStatements: (work: () => Promise<unknown>) => Promise<number>
  /** Waits for work in the background. */
  readonly settle: () => Promise<void>
  /** How much work was handed to the background. */
  readonly backgroundCount: () => number
  /** Another node: the same database, other options. */
  readonly node: (options: Partial<SessionsDeps>) => Sessions
  readonly row: (sessionId: string) => Promise<RowOf<typeof sessionTable> | undefined>
}

/** A service over a database in memory with the active principals `anna` and `ben` (users) and `carl` (customers). */
export async function createBench(options: Partial<SessionsDeps> = {}): Promise<TestBench> {
  const time = { now: 1_800_000_000_000, databaseNow: 1_800_000_000_000 }
  const events: SessionEvent[] = []
  const background: Promise<unknown>[] = []
  let statements = 0
  const storage = createMemoryStorage({
    clock: () => time.databaseNow,
    log: ({ kind }) => {
      if (kind === 'statement') statements += 1
    },
  })
  await storage.migrate(systemTables)
  const people = [
    ['anna', 'users'],
    ['ben', 'users'],
    ['carl', 'customers'],
  ] as const
  await storage.insert(
    principals,
    people.map(([id, collection]) => ({ id, collection, record_key: id, status: 'active', created_at: 0 })),
  )
  const keyring = createKeyring([rootSecret])
  const clock = () => time.now
  const node = (more: Partial<SessionsDeps>): Sessions =>
    createSessions({
      storage,
      clock,
      random: secureRandom,
      createId: createUuidV7(clock, secureRandom),
      keyring,
      issuer: 'https://app.test',
      audience: 'app',
      background: (work) => background.push(work),
      onEvent: (event) => events.push(event),
      ...options,
      ...more,
    })
  const settle = async (): Promise<void> => {
    await Promise.allSettled(background)
  }
  return {
    storage,
    sessions: node({}),
    keyring,
    events,
    time,
    advance: (milliseconds) => {
      time.now += milliseconds
      time.databaseNow += milliseconds
    },
    countStatements: async (work) => {
      await settle()
      const before = statements
      await work()
      return statements - before
    },
    settle,
    backgroundCount: () => background.length,
    node,
    row: (sessionId) => storage.findOne(sessionTable, { where: eq('id', sessionId) }),
  }
}

export const proofOf = (principalId: string, proof: Partial<SessionProof> = {}): SessionProof => ({
  principalId,
  collection: principalId === 'carl' ? 'customers' : 'users',
  epoch: 0,
  amr: ['pwd'],
  aal: 1,
  authTime: 1_800_000_000_000,
  ...proof,
})

/** Signs in with everything that there is. */
export async function signIn(
  sessions: Sessions,
  principalId = 'anna',
  proof: Partial<SessionProof> = {},
): Promise<Required<StartedSession>> {
  const started = await sessions.start(proofOf(principalId, proof), {}, { cookie: true, tokens: true })
  const { cookieToken, accessToken, refreshToken } = started
  if (cookieToken === undefined || accessToken === undefined || refreshToken === undefined) {
    throw new Error('all credentials were asked for')
  }
  return { ...started, cookieToken, accessToken, refreshToken }
}

export const bumpEpoch = async (storage: Storage, principalId = 'anna'): Promise<void> => {
  await storage.update(principals, { where: eq('id', principalId), increment: { epoch: 1 } })
}

export const setStatus = async (storage: Storage, status: string, principalId = 'anna'): Promise<void> => {
  await storage.update(principals, { where: eq('id', principalId), set: { status } })
}

/** The current and the next text of a token that a refresh may answer with. */
export async function refreshed(sessions: Sessions, token: string): Promise<string> {
  const result = await sessions.refresh(token, 'users')
  if (!result.valid) throw new Error(`refresh was refused: ${result.code}`)
  return result.refreshToken
}

export const encodeJson = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT with any header and payload (objects, or JSON as text), signed with HMAC over what it says. */
export function forge(
  header: Record<string, unknown> | string,
  payload: Record<string, unknown> | string,
  key: Uint8Array,
  digest: 'sha256' | 'sha384' | 'sha512' = 'sha256',
): string {
  const encode = (part: Record<string, unknown> | string) =>
    typeof part === 'string' ? Buffer.from(part).toString('base64url') : encodeJson(part)
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${createHmac(digest, key).update(input).digest('base64url')}`
}

/** The parts of a JWT, decoded. */
export function takeApart(token: string): {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
} {
  const [header = '', payload = ''] = token.split('.')
  const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return { header: decode(header), payload: decode(payload) }
}
