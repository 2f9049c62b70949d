import { eq } from '@cardea/core'
import { createUuidV7, secureRandom } from '@cardea/core/crypto'
import { createHandler } from '@cardea/http'
import { createStoredPolicy } from '@cardea/permissions/stored'
import { outbox, type Storage } from '@cardea/storage'
import { type CardeaEvent, createCardea, createMailbox, defineCollection, owner, relation, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'
import { fill } from './fill.js'
import { flowProviders } from './flow-providers.js'
import type { Executed, ObservedDatabase } from './observed-database.js'

export const password = 'correct horse battery'
const origin = 'https://app.test'

/** Anybody may join by a code or without being told whether an address is taken. */
const members = defineCollection('members', {
  type: 'auth',
  auth: { registrationAnswer: 'uniform', otp: { enabled: true, createUser: true } },
})

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    phone: text({ optional: true, unique: true }),
    badge: text({ optional: true, unique: true }),
    manager: relation('customers', { optional: true }),
  },
  auth: { identifiers: ['phone'], mfa: { enabled: false, required: false }, otp: { enabled: false } },
})

/** Everybody reads them, and their authors look after them. */
const notes = defineCollection('notes', {
  type: 'base',
  fields: {
    title: text(),
    slug: text({ optional: true, unique: true }),
    author: relation('users', { optional: true }),
    topic: relation('notes', { optional: true }),
  },
  rules: {
    list: 'public',
    view: 'public',
    create: owner('author'),
    update: owner('author'),
    delete: owner('author'),
  },
})

/** One insert for all events of a moment, whatever they are of. */
const keepsEvents = /^insert into .cardea_audit/

/** What a request of a flow brings. */
export interface Sent {
  readonly body?: unknown
  /** A body as a page of another site posts it. */
  readonly form?: string
  readonly bearer?: string
  readonly cookie?: string
  /** The version of a record that it is meant for. */
  readonly ifMatch?: string
  /** Where it comes from. */
  readonly ip?: string
  /** Whether it is sent by a browser, which keeps cookies. */
  readonly browser?: boolean
}

/** What came back. */
export interface Got {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  /** As a `Cookie` header. */
  readonly cookie: string
  /** Where to go; empty for nowhere. */
  readonly location: string
}

/** Somebody who has signed up. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly access: string
  readonly refresh: string
  readonly cookie: string
  readonly sessionId: string
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** Notes which methods of an object are asked for, and of the objects in it, such as `users.mfa`. */
function noting<Api extends object>(name: string, api: Api, used: Set<string>): Api {
  const noted = (key: string, value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) return noting(`${name}.${key}`, value, used)
    used.add(`${name}.${key}`)
    return value
  }
  // A copy, since a proxy must not tell other values of a frozen object.
  return new Proxy(
    { ...api },
    { get: (target, key, receiver) => noted(String(key), Reflect.get(target, key, receiver)) },
  )
}

const methodsOf = (name: string, api: object): readonly string[] =>
  Object.entries(api).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null) return methodsOf(`${name}.${key}`, value)
    return typeof value === 'function' ? [`${name}.${key}`] : []
  })

/** An instance behind a handler, on a database as large as that of an app that is in use. */
export async function createWorld(database: ObservedDatabase) {
  const { storage, worker } = withMailWorker(database.storage)
  const mailbox = createMailbox()
  const time = { now: Date.UTC(2026, 0, 15, 10) }
  const clock = () => time.now
  const background: Promise<unknown>[] = []
  const events: CardeaEvent[] = []
  const quiet = () => undefined
  const start = (
    mode: 'strict' | 'stateless' = 'strict',
    algorithm: 'HS256' | 'EdDSA' = 'HS256',
    more: { readonly maxPerPrincipal?: number } = {},
  ) =>
    createCardea({
      ...cmsPreset,
      storage,
      clock,
      collections: [customers, members, notes],
      // Of a table of collections, for want of an app with tables of its own.
      ownership: [{ table: 'auth_customers', column: 'manager' }],
      secret: 'a secret of the tests, long enough for them',
      baseUrl: origin,
      environment: 'test',
      auth: { mfa: { enabled: true, required: ['editor'] }, otp: { enabled: true } },
      sessions: { mode, accessTokens: { algorithm, rotateEverySeconds: 86_400 }, ...more },
      passwords: { memoryKibibytes: 64, iterations: 1 },
      oauth: { providers: flowProviders },
      mail: { transport: mailbox.send, from: 'no-reply@app.test' },
      logger: { info: quiet, warn: quiet, error: quiet },
      background: (work) => background.push(work),
      onEvent: (event) => events.push(event),
    })
  const started = start()
  await started.migrate()
  const used = new Set<string>()
  const { apiKeys, audit, users, sessions, sshKeys, permissions, jobs, definitions, rateLimitStore } = started
  const auth = {
    ...started,
    users: noting('users', users, used),
    sessions: noting('sessions', sessions, used),
    permissions: noting('permissions', permissions, used),
    apiKeys: noting('apiKeys', apiKeys, used),
    sshKeys: noting('sshKeys', sshKeys, used),
    jobs: noting('jobs', jobs, used),
    audit: noting('audit', audit, used),
    rateLimitStore: noting('rateLimitStore', rateLimitStore, used),
    definitions: noting('definitions', definitions, used),
    collection: (name: string) => (name === 'users' ? noting('users', users, used) : started.collection(name)),
    findCollection: async (name: string) =>
      name === 'users' ? noting('users', users, used) : await started.findCollection(name),
  }
  /** A node that signs with key pairs. */
  const withPairs = async () => {
    const node = start('strict', 'EdDSA')
    await node.ready()
    return { ...node, keys: noting('keys', node.keys, used) }
  }
  const handler = createHandler(auth, { rateLimits: 'off' })
  const createId = createUuidV7(clock, secureRandom)
  const { permissions: catalogue, roles } = cmsPreset
  const stored = createStoredPolicy({ storage, clock, createId, catalogue, roles })
  const policy = noting('policy', stored, used)
  const methods = [
    ...methodsOf('users', users),
    ...methodsOf('sessions', sessions),
    ...methodsOf('permissions', permissions),
    ...methodsOf('apiKeys', apiKeys),
    ...methodsOf('sshKeys', sshKeys),
    ...methodsOf('jobs', jobs),
    ...methodsOf('audit', audit),
    ...methodsOf('rateLimitStore', rateLimitStore),
    ...methodsOf('definitions', definitions),
    ...methodsOf('keys', started.keys),
    ...methodsOf('policy', stored),
  ]
  /** What the API has and no flow has used. */
  const unused = (): readonly string[] => methods.filter((method) => !used.has(method))

  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> => {
    const { body, form, bearer, cookie, ifMatch, ip = '192.0.2.1', browser = false } = sent
    const headers = new Headers({ origin })
    if (browser) headers.set('sec-fetch-site', 'same-origin')
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
    if (cookie !== undefined) headers.set('cookie', cookie)
    if (ifMatch !== undefined) headers.set('if-match', ifMatch)
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (form !== undefined) headers.set('content-type', 'application/x-www-form-urlencoded')
    const text = form ?? (body === undefined ? undefined : JSON.stringify(body))
    const init = { method, headers, ...(text === undefined ? {} : { body: text }) }
    const response = await handler(new Request(`${origin}${path}`, init), { ip })
    const answer = await response.text()
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      // Every answer but a list is an object, and lists are read by nobody here.
      body: !isJson ? {} : (JSON.parse(answer) as Record<string, unknown>),
      cookie: response.headers
        .getSetCookie()
        .map((line) => line.split(';')[0] ?? '')
        .join('; '),
      location: response.headers.get('location') ?? '',
    }
  }

  let people = 0
  const fresh = () => {
    people += 1
    return { email: `new${people}@example.test`, username: `new${people}`, name: 'New', password }
  }
  const signUp = async (sent: Sent = {}): Promise<Person> => {
    const own = fresh()
    const got = await send('POST', '/api/v1/auth/register', { ...sent, body: own })
    return personOf(own, got)
  }

  const drain = async (): Promise<void> => {
    while (background.length > 0) await Promise.all(background.splice(0))
  }
  /** Does work, what follows in the background included, and leaves all mails waiting. */
  const holdingMails = async (work: () => Promise<unknown>): Promise<void> => {
    // A look for mails that has begun would find those that are to wait.
    await drain()
    worker.idle = true
    await work()
    await drain()
    worker.idle = false
  }
  /**
   * What ran while work did, what follows in the background included. Mails that it asks for are made and sent
   * afterwards, unseen, unless it is about them.
   */
  const observe = async (
    work: () => Promise<unknown>,
    { mails = false, audited = false }: { readonly mails?: boolean; readonly audited?: boolean } = {},
  ): Promise<readonly Executed[]> => {
    // What the preparation has left behind is none of its doing.
    await drain()
    const before = database.executed.length
    await (mails ? work() : holdingMails(work))
    await drain()
    const executed = database.executed.slice(before).filter(({ sql }) => audited || !keepsEvents.test(sql))
    await jobs.run()
    return executed
  }

  /** The last mail to an address, once all that is waiting has been sent. */
  const mailTo = async (address: string): Promise<string> => {
    await drain()
    const mail = mailbox.list().find(({ to }) => to === address)
    if (mail === undefined) throw new Error('no mail was sent')
    return mail.text
  }

  return {
    auth,
    storage,
    policy,
    events,
    unused,
    start,
    withPairs,
    send,
    signUp,
    fresh,
    observe,
    holdingMails,
    mailTo,
    time,
  }
}

/** Fills the database once there is a policy. */
export async function settle(world: World, database: ObservedDatabase): Promise<void> {
  await world.auth.ready()
  const viewer = await world.policy.findRole('viewer')
  if (viewer === undefined) throw new Error('no viewer')
  await world.auth.createFirstAdmin({ ...world.fresh(), email: 'admin@example.test', username: 'admin' })
  await fill(database, viewer.id)
  // The policy is known from here on, as to any node that has answered a request.
  await world.signUp()
}

function personOf(own: { readonly email: string; readonly username: string }, got: Got): Person {
  const { user } = got.body
  if (got.status >= 300 || typeof user !== 'object' || user === null || !('id' in user)) {
    throw new Error(`not signed in: ${JSON.stringify(got.body)}`)
  }
  return {
    ...own,
    id: String(user.id),
    access: String(got.body['access_token']),
    refresh: String(got.body['refresh_token']),
    cookie: got.cookie,
    sessionId: String(got.body['session_id']),
  }
}

/**
 * The same storage, and a switch for the worker that sends mails, which every request that wants one wakes: while it is
 * idle it finds none to send. So what a flow takes is its own, and what mails take can be seen by itself.
 */
function withMailWorker(storage: Storage): { readonly storage: Storage; readonly worker: { idle: boolean } } {
  const worker = { idle: false }
  const waiting = JSON.stringify(eq('state', 'pending'))
  const find: Storage['find'] = async (table, query, params) => {
    const looksForMails = table.name === outbox.name && JSON.stringify(query.where) === waiting
    return worker.idle && looksForMails ? [] : await storage.find(table, query, params)
  }
  const switched = new Proxy(storage, {
    get: (target, key): unknown => {
      if (key === 'find') return find
      const value: unknown = Reflect.get(target, key)
      // Its methods read private fields.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { storage: switched, worker }
}
