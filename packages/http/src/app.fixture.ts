import { sha256 } from '@cardea/core/crypto'
import { audit, limits, type Storage, systemTables } from '@cardea/storage'
import { createTestCardea, type TestOptions } from '@cardea/testing'
import { createCardea, defineCollection, definePermissions, defineRoles, type Logger, text } from 'cardea'
import { type CardeaHandler, createHandler, type HandlerContext, type HttpOptions } from './index.js'
import { answerCheck, asDescribed } from './openapi/conformance.fixture.js'

export const origin = 'https://app.test'
const base = '/api/v1'
export const password = 'correct horse battery'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: { company: text({ optional: true, max: 100 }) },
})
const vendors = defineCollection('vendors', { type: 'auth' })
const posts = defineCollection('posts', { type: 'base', fields: { title: text() } })
const collections = [customers, vendors, posts] as const

const permissions = definePermissions({
  content: ['read', 'create', 'update', 'delete', 'publish'],
  // They exist in every app, and are named here for roles to have them.
  tokens: ['create', 'read', 'delete', 'admin'],
  ssh_keys: ['read', 'create', 'delete'],
  impersonation: ['create'],
  users: ['read', 'create', 'update', 'delete', 'admin'],
  sessions: ['read', 'delete'],
})
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  editor: { permissions: ['content:read', 'content:update'] },
  /** May make keys of its own. */
  programmer: { permissions: ['content:update', 'tokens:create', 'tokens:read', 'tokens:delete'] },
  /** May act as others. */
  support: { permissions: ['content:read', 'impersonation:create'] },
  /** May administer users who have no more than it has. */
  clerk: { permissions: ['content:read', 'users:read', 'users:create', 'users:update', 'users:delete'] },
  /** May make keys for others. */
  keeper: { permissions: ['content:create', 'tokens:*', 'ssh_keys:*'] },
})

const app = {
  collections,
  permissions,
  roles,
  defaultRole: 'viewer',
  secret: 'a secret of the tests, long enough for them',
  baseUrl: origin,
} as const

export type AppOptions = Pick<
  TestOptions<typeof collections, never>,
  'auth' | 'baseUrl' | 'environment' | 'hooks' | 'mail' | 'oauth' | 'onEvent' | 'secret' | 'sessions' | 'storage'
>

/** An instance on a storage that was not prepared. */
export function createInstance(storage: Storage, clock: () => number, logger: Logger) {
  const passwords = { memoryKibibytes: 8, iterations: 1 }
  return createCardea({ ...app, environment: 'test', storage, clock, logger, passwords })
}

/** What a request of a test is made of. */
export interface Sent {
  /** A value is sent as JSON, a text as it is. */
  readonly body?: unknown
  readonly bearer?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The socket's address. */
  readonly ip?: string | null
  readonly context?: HandlerContext
}

/** What came back. */
export interface Got {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as an object; empty when there is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** The body as a list; empty when it is none. */
  readonly list: readonly Readonly<Record<string, unknown>>[]
  readonly code: unknown
  /** Names and values of the cookies that were set. */
  readonly cookies: ReadonlyMap<string, string>
}

/** What a new account can show. */
export interface Account {
  readonly email: string
  readonly id: string
  readonly access: string
  readonly refresh: string
  /** As a `Cookie` header. */
  readonly cookie: string
  readonly sessionId: string
}

export type App = Awaited<ReturnType<typeof createApp>>

/** A migrated instance behind a handler, without mail unless a test wants it; so are limits. */
export async function createApp(options: AppOptions = {}, http: HttpOptions = { rateLimits: 'off' }) {
  /** Warnings and errors. */
  const log: { readonly message: string; readonly fields: unknown }[] = []
  const write = (message: string, fields?: unknown): void => {
    log.push({ message, fields })
  }
  const logger: Logger = { info: () => undefined, warn: write, error: write }
  const test = await createTestCardea({ ...app, logger, mail: false, ...options })
  const { auth, clock, storage } = test
  /** Tests set it as they like. */
  const time = {
    get now() {
      return clock.now()
    },
    set now(instant: number) {
      clock.set(instant)
    },
  }
  const handler: CardeaHandler = createHandler(auth, http)

  const check = await answerCheck(auth, http, collections)
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Got> => {
    const request = requestOf(method, path, sent)
    const got = await received(await handler(request, { ip: sent.ip ?? '192.0.2.1', ...sent.context }))
    // Whatever a test is about, what is answered is what the description of the interface says.
    return asDescribed(check, method, path, got)
  }

  let accounts = 0
  /** Registers somebody, under `users` or another collection. */
  const signUp = async (collection = 'users', fields: Readonly<Record<string, unknown>> = {}): Promise<Account> => {
    accounts += 1
    const email = `person${accounts}@example.test`
    const got = await send('POST', `${authPath(collection)}/register`, { body: { email, password, ...fields } })
    if (got.status !== 201) throw new Error(`not registered: ${got.text}`)
    return accountOf(email, got)
  }

  /** Counts and digests of all tables, to see that nothing was written but that somebody has tried. */
  const rows = async (): Promise<string> => {
    const tables = await Promise.all(
      systemTables
        .filter(({ name }) => name !== limits.name && name !== audit.name)
        .map(async (table) => {
          const all = await storage.find(table, { limit: 'all' })
          const found = all.map((row) => ({ ...row, failed_attempts: 0 }))
          return `${table.name} ${found.length} ${sha256(JSON.stringify(found))}`
        }),
    )
    return tables.join('\n')
  }

  return { ...test, handler, http, log, rows, send, signUp, time }
}

export const authPath = (collection: string): string =>
  collection === 'users' ? `${base}/auth` : `${base}/collections/${collection}/auth`

export function requestOf(method: string, path: string, sent: Sent): Request {
  const headers = new Headers(sent.headers)
  if (sent.bearer !== undefined) headers.set('authorization', `Bearer ${sent.bearer}`)
  if (sent.cookie !== undefined) headers.set('cookie', sent.cookie)
  if (sent.body === undefined) return new Request(`${origin}${path}`, { method, headers })
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  const body = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body)
  return new Request(`${origin}${path}`, { method, headers, body })
}

export async function received(response: Response): Promise<Got> {
  const text = await response.text()
  const isJson = /^application\/(?:problem\+|jwk-set\+)?json/.test(response.headers.get('content-type') ?? '')
  const parsed: unknown = text === '' || !isJson ? undefined : JSON.parse(text)
  const body = isObject(parsed) ? parsed : {}
  const cookies = response.headers.getSetCookie().map((line): [string, string] => {
    const [pair = ''] = line.split(';')
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals), pair.slice(equals + 1)]
  })
  return {
    status: response.status,
    headers: response.headers,
    text,
    body,
    list: Array.isArray(parsed) ? parsed.filter(isObject) : [],
    code: body['code'],
    cookies: new Map(cookies),
  }
}

function accountOf(email: string, got: Got): Account {
  const user = isObject(got.body['user']) ? got.body['user'] : {}
  return {
    email,
    id: String(user['id']),
    access: String(got.body['access_token']),
    refresh: String(got.body['refresh_token']),
    cookie: [...got.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    sessionId: String(got.body['session_id']),
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
