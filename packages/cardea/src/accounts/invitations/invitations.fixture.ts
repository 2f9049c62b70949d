import { defineCollection, number, text } from '@cardea/collections'
import { definePermissions, defineRoles } from '@cardea/permissions'
import type { Storage } from '@cardea/storage'
import type { CardeaEvent } from '../../api/events.js'
import type { Authentication } from '../../api/sign-in.js'
import { createCardea } from '../../create-cardea.js'
import type { Hooks } from '../../hooks/hooks.js'
import { createMailbox } from '../../mail/mailbox.js'
import { cheapHashing, createTestLogger, secret } from '../../testing.fixture.js'

export const password = 'correct horse battery'
export const day = 86_400_000

const permissions = definePermissions({ content: ['read', 'update'], users: ['read', 'create', 'update', 'delete'] })
const roles = defineRoles(permissions, {
  member: { permissions: ['content:read'] },
  author: { permissions: ['content:read', 'content:update'] },
  /** May invite, and has what members have. */
  clerk: { permissions: ['content:read', 'users:read', 'users:update', '*:create'] },
  /** Needs a second factor. */
  guarded: { permissions: ['content:read'] },
  /** May invite authors, too. */
  publisher: { permissions: ['content:read', 'content:update', 'users:create'] },
})

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text({ max: 50 }),
    phone: text({ optional: true, unique: true }),
    seats: number({ optional: true }),
    rating: text({ optional: true, hidden: true }),
  },
  auth: { identifiers: ['phone'], registration: 'invite' },
})
const vendors = defineCollection('vendors', { type: 'auth', auth: { mfa: { enabled: true, required: true } } })

let people = 0

/** An instance whose users invite, and whose mails are kept. */
export async function openInvitations(storage: Storage, more: { readonly hooks?: Hooks } = {}) {
  const clock = { at: Date.UTC(2026, 0, 15, 10) }
  const events: CardeaEvent[] = []
  const mailbox = createMailbox()
  const pending: Promise<unknown>[] = []
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    baseUrl: 'https://shop.example',
    collections: [customers, vendors],
    permissions,
    roles,
    defaultRole: 'member',
    passwords: cheapHashing,
    audit: false,
    logger: createTestLogger(),
    mail: { transport: mailbox.send, from: 'Shop <shop@example.com>' },
    auth: { mfa: { enabled: true, required: ['guarded'] } },
    clock: () => clock.at,
    onEvent: (event) => events.push(event),
    background: (work) => pending.push(work),
    ...more,
  })
  await auth.migrate()
  await auth.ready()
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0))
  }
  const fresh = (): string => {
    people += 1
    return `invited${people}@example.test`
  }
  /** The token of the newest link that was sent to an address. */
  const tokenTo = async (address: string): Promise<string> => {
    await settle()
    const mail = mailbox.list().find(({ to }) => to === address)
    return /#token=([\w.-]{80})/.exec(mail?.text ?? '')?.[1] ?? 'none'
  }
  /** Somebody with a role, and how it asks. */
  const person = async (role: string): Promise<{ readonly id: string; readonly by: Authentication }> => {
    const email = fresh()
    const username = email.slice(0, email.indexOf('@'))
    const { id } = await auth.users.create({ email, password, username, name: 'Person' }, { role, verified: true })
    const { accessToken = '' } = await auth.users.login({ email, password })
    const result = await auth.verify({ bearerToken: accessToken })
    if (!result.authenticated) throw new Error(result.code)
    return { id, by: result.authentication }
  }
  return { auth, clock, events, mailbox, settle, fresh, tokenTo, person, storage }
}

export type InvitationsTest = Awaited<ReturnType<typeof openInvitations>>
