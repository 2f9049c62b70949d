import { pbkdf2Sync } from 'node:crypto'
import { defineCollection, json, number, text } from '@cardea/collections'
import { definePermissions, defineRoles } from '@cardea/permissions'
import type { Storage } from '@cardea/storage'
import { createTestProvider } from '../accounts/oauth/oauth.fixture.js'
import type { CardeaEvent } from '../api/events.js'
import type { Authentication } from '../api/sign-in.js'
import { createCardea } from '../create-cardea.js'
import { cheapHashing, createTestLogger, secret } from '../testing.fixture.js'

export const now = Date.UTC(2026, 0, 15, 10)
export const password = 'correct horse battery'

const permissions = definePermissions({ content: ['read'], users: ['read', 'create', 'update', 'delete', 'admin'] })
const roles = defineRoles(permissions, {
  member: { permissions: ['content:read'] },
  /** May import, and give no more than this. */
  mover: { permissions: ['users:*'] },
  clerk: { permissions: ['users:create', 'users:read'] },
})

const users = defineCollection('users', {
  type: 'auth',
  fields: {
    legacy_id: text({ optional: true, unique: true, hidden: true }),
    company: text({ optional: true, max: 50 }),
    seats: number({ optional: true }),
    extra: json({ optional: true }),
  },
})

/** An instance that imports. */
export function createTransferApp(storage: Storage) {
  const events: CardeaEvent[] = []
  const background: Promise<unknown>[] = []
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    collections: [users, defineCollection('customers', { type: 'auth', fields: {} })],
    permissions,
    roles,
    defaultRole: 'member',
    oauth: { providers: [createTestProvider('google').provider] },
    passwords: cheapHashing,
    audit: false,
    logger: createTestLogger(),
    clock: () => now,
    onEvent: (event) => events.push(event),
    background: (work) => void background.push(work),
  })
  /** Waits for what goes on behind the answers. */
  const settle = async (): Promise<void> => {
    while (background.length > 0) await Promise.allSettled(background.splice(0))
  }
  return { auth, events, storage, settle }
}

export type TransferApp = ReturnType<typeof createTransferApp>

export async function* bytesOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof text === 'string' ? Buffer.from(text) : text
}

export const lines = (...records: readonly unknown[]): AsyncIterable<Uint8Array> =>
  bytesOf(records.map((record) => `${JSON.stringify(record)}\n`).join(''))

/** A hash of the password that is quick to check. */
export const hash = ((): string => {
  const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
  const salt = Buffer.from('somesalt')
  return `$pbkdf2-sha256$i=1$${encode(salt)}$${encode(pbkdf2Sync(password, salt, 1, 32, 'sha256'))}`
})()

/** Somebody with a role who asks. */
export async function asking({ auth }: TransferApp, email: string, role: string): Promise<Authentication> {
  await auth.users.create({ email, password }, { role })
  const { accessToken = '' } = await auth.users.login({ email, password })
  const result = await auth.verify({ bearerToken: accessToken })
  if (!result.authenticated) throw new Error(result.code)
  return result.authentication
}

export async function textOf(source: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const part of source) text += part
  return text
}
