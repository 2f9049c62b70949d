import { anyOf, bool, date, defineCollection, json, number, owner, relation, select, text } from '@cardea/collections'
import { eq } from '@cardea/core'
import { definePermissions } from '@cardea/permissions'
import type { Storage } from '@cardea/storage'
import type { CardeaEvent } from '../api/events.js'
import type { Authentication } from '../api/sign-in.js'
import { createCardea } from '../create-cardea.js'
import { defineRoles } from '../options/define-roles.js'
import { cheapHashing, createTestLogger, secret } from '../testing.fixture.js'

export const password = 'correct horse battery'
const start = Date.UTC(2026, 0, 15, 10)

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    nick: text({ optional: true, unique: true, max: 40 }),
    company: text({ optional: true }),
    rating: text({ optional: true, hidden: true }),
    boss: relation('customers', { optional: true }),
  },
  auth: { identifiers: ['nick'] },
  rules: {
    list: 'authenticated',
    view: anyOf('self', owner('boss')),
    create: owner('boss'),
    update: anyOf('self', owner('boss')),
    delete: anyOf('self', owner('boss')),
  },
})

const posts = defineCollection('posts', {
  type: 'base',
  fields: {
    title: text({ max: 200 }),
    slug: text({ optional: true, unique: true, max: 100 }),
    score: number({ optional: true }),
    draft: bool({ default: false }),
    state: select(['open', 'closed'], { optional: true }),
    due: date({ optional: true }),
    meta: json({ optional: true }),
    notes: text({ optional: true, hidden: true }),
    author: relation('customers', { optional: true }),
    reviewer: relation('customers', { optional: true, hidden: true }),
    about: relation('topics', { optional: true }),
  },
  rules: {
    list: 'public',
    view: 'public',
    create: owner('author'),
    update: anyOf(owner('author'), owner('reviewer')),
    delete: owner('author'),
  },
})

/** Nobody but the owner sees them. */
const diaries = defineCollection('diaries', {
  type: 'base',
  fields: { text: text(), owner: relation('customers'), post: relation('posts', { optional: true }) },
  rules: {
    list: owner('owner'),
    view: owner('owner'),
    create: owner('owner'),
    update: owner('owner'),
    delete: owner('owner'),
  },
})

/** For those alone who have permissions. */
const topics = defineCollection('topics', { type: 'base', fields: { name: text() } })

/** Whoever writes sees nothing. */
const reports = defineCollection('reports', {
  type: 'base',
  fields: { text: text() },
  rules: { create: 'public', update: 'public', delete: 'public' },
})

const collections = [customers, posts, diaries, topics, reports] as const
const permissions = definePermissions({ content: ['read'] })
const roles = defineRoles(
  permissions,
  {
    member: { permissions: ['content:read'] },
    librarian: { permissions: ['topics:*'], deny: ['topics:delete'] },
    // What depends on the record is for rules.
    novice: { permissions: [{ permission: 'topics:update', when: eq('name', 'new') }] },
  },
  { collections: [topics] },
)

/** An app whose collections have rules of all kinds. */
export function createRecordsApp(storage: Storage) {
  const clock = { at: start }
  const events: CardeaEvent[] = []
  const pending: Promise<unknown>[] = []
  const auth = createCardea({
    storage,
    secret,
    environment: 'test',
    collections,
    permissions,
    roles,
    defaultRole: 'member',
    passwords: cheapHashing,
    audit: false,
    logger: createTestLogger(),
    clock: () => clock.at,
    onEvent: (event) => events.push(event),
    background: (work) => pending.push(work),
  })
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0))
  }
  return { auth, clock, events, settle, storage }
}

export type RecordsApp = ReturnType<typeof createRecordsApp>

let made = 0

/** Somebody who has signed up. */
export interface Somebody {
  readonly id: string
  readonly email: string
  readonly by: Authentication
}

/** A customer; of `users` with a role of its own that has these permissions. */
export async function somebody({ auth }: RecordsApp, permissions?: readonly string[]): Promise<Somebody> {
  made += 1
  const email = `somebody${made}@example.test`
  const { id } =
    permissions === undefined
      ? await auth.collections.customers.create({ email, password })
      : await auth.users.create({ email, password })
  if (permissions !== undefined) {
    const { label } = await auth.permissions.roles.create({ label: `role${made}` })
    for (const permission of permissions) await auth.permissions.grants.add(label, permission as 'posts:read')
    await auth.permissions.assign(id, label)
  }
  return { id, email, by: await signIn({ auth }, email, permissions === undefined ? 'customers' : 'users') }
}

export async function signIn(
  { auth }: Pick<RecordsApp, 'auth'>,
  email: string,
  collection: 'customers' | 'users' = 'customers',
): Promise<Authentication> {
  const api = collection === 'users' ? auth.users : auth.collections.customers
  const { accessToken = '' } = await api.login({ email, password })
  const result = await auth.verify({ bearerToken: accessToken }, { collections: [collection] })
  if (!result.authenticated) throw new Error(result.code)
  return result.authentication
}

/** How an API key of somebody asks. */
export async function byKey(
  { auth }: RecordsApp,
  { id, by }: Somebody,
  scopes: readonly string[] | null,
): Promise<Authentication> {
  const { key } = await auth.apiKeys.create({ principalId: id, scopes: scopes as readonly 'posts:read'[] | null })
  const result = await auth.verify({ bearerToken: key }, { collections: [by.collection] })
  if (!result.authenticated) throw new Error(result.code)
  return result.authentication
}

/** The code of an error, with the places that it names; `none` where there is none. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'none',
    (error: { readonly code?: string; readonly issues?: readonly { readonly path: string }[] }) =>
      [error.code ?? String(error), ...(error.issues ?? []).map(({ path }) => path)].join(' '),
  )
}

/** The same of what is tried again while a database has too much to do: how busy the machine is, is not what is looked at. */
export async function patiently(work: () => Promise<unknown>): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const code = await codeOf(work())
    if (code !== 'unavailable' || tries === 20) return code
  }
}

export async function textOf(texts: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const text of texts) all += text
  return all
}
