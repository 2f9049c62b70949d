import { definePermissions, defineRoles, own } from '@cardea/permissions'
import type { Storage } from '@cardea/storage'
import type { CardeaEvent } from '../api/events.js'
import type { Authentication } from '../api/sign-in.js'
import { createCardea } from '../create-cardea.js'
import { createMailbox } from '../mail/mailbox.js'
import { cheapHashing, createTestLogger, secret } from '../testing.fixture.js'

export const password = 'correct horse battery'
const start = Date.UTC(2026, 0, 15, 10)

const permissions = definePermissions({
  content: ['read', 'update'],
  users: ['read', 'create', 'update', 'delete', 'admin'],
})

const roles = defineRoles(permissions, {
  member: { permissions: ['content:read'] },
  /** May change users, and no more than that and what members may. */
  clerk: { permissions: ['users:read', 'users:create', 'users:update', 'users:delete', 'content:read'] },
  /** The same, and vouches for addresses. */
  steward: { permissions: ['users:*', 'content:read'] },
  /** Has a right for some objects only, which a clerk does not have. */
  author: { permissions: ['content:read', { permission: 'content:update', when: own('author_id') }] },
})

/** An instance whose users administer each other, and whose table `orders` belongs to them. */
export function createUsersApp(storage: Storage, more: { readonly mail?: boolean } = {}) {
  const clock = { at: start }
  const events: CardeaEvent[] = []
  const logger = createTestLogger()
  const mailbox = createMailbox()
  const pending: Promise<unknown>[] = []
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    permissions,
    roles,
    defaultRole: 'member',
    ownership: [{ table: 'orders', column: 'buyer' }],
    passwords: cheapHashing,
    audit: false,
    logger,
    ...(more.mail === true ? { mail: { transport: mailbox.send, from: 'Shop <shop@example.com>' } } : {}),
    clock: () => clock.at,
    onEvent: (event) => events.push(event),
    background: (work) => pending.push(work),
  })
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0))
  }
  return { auth, clock, events, logger, mailbox, settle, storage }
}

export type UsersApp = ReturnType<typeof createUsersApp>

let made = 0

/** Somebody with a role, and what it is known by. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly by: Authentication
  readonly accessToken: string
}

/** Signs somebody up who has this role and no other; null for none. */
export async function person({ auth }: UsersApp, role: string | null = 'member'): Promise<Person> {
  made += 1
  const email = `person${made}@example.test`
  const username = `person${made}`
  const user = await auth.users.create({ email, password, username, name: `Person ${made}` }, { role })
  const signedIn = await auth.users.login({ email, password })
  const accessToken = signedIn.accessToken ?? ''
  const result = await auth.verify({ bearerToken: accessToken })
  if (!result.authenticated) throw new Error(result.code)
  return { id: user.id, email, username, by: result.authentication, accessToken }
}

/** How an API key of somebody asks. */
export async function byKey(
  { auth }: UsersApp,
  { id }: Person,
  scopes: readonly string[] | null,
): Promise<Authentication> {
  // Scopes of tests are permissions of the fixture.
  const { key } = await auth.apiKeys.create({ principalId: id, scopes: scopes as readonly 'users:update'[] | null })
  const result = await auth.verify({ bearerToken: key })
  if (!result.authenticated) throw new Error(result.code)
  return result.authentication
}

/** The code of an error; `none` where there is none. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'none',
    (error: { readonly code?: string }) => error.code ?? String(error),
  )
}
