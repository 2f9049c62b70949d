import { cardeaHono } from '@cardea/hono'
import { createTestCardea, type TestOptions } from '@cardea/testing'
import {
  type AnyCollection,
  defineCollection,
  definePermissions,
  defineRoles,
  json,
  number,
  relation,
  select,
  text,
} from 'cardea'
import type { OAuthProvider } from 'cardea/oauth'
import { Hono } from 'hono'
import type { Channel, Locks, Platform } from './platform.js'

export const origin = 'https://app.test'
export const url = `${origin}/api/v1`
export const password = 'correct horse battery'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text(),
    phone: text({ optional: true }),
    plan: select(['free', 'paid'], { default: 'free' }),
    tier: text({ readonly: true, optional: true }),
  },
  auth: { otp: { enabled: true } },
})
const posts = defineCollection('posts', {
  type: 'base',
  fields: {
    title: text(),
    subtitle: text({ optional: true }),
    author: relation('users'),
    editor: relation('users', { hidden: true, optional: true }),
    note: text({ hidden: true, optional: true }),
    score: number({ optional: true }),
    rank: number({ readonly: true, optional: true }),
    meta: json({ optional: true }),
  },
})
const collections = [customers, posts] as const

const permissions = definePermissions({ content: ['read', 'create', 'update'], users: ['read'], roles: ['read'] })
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  clerk: { permissions: ['content:read', 'content:update', 'users:read', 'roles:read'] },
})

/** A provider at which everybody is the one that the code names. */
const company: OAuthProvider = {
  name: 'company',
  label: 'Company',
  kind: 'oidc',
  responseMode: 'query',
  connect: () => ({
    authorizationUrl: async ({ state }) => ({ ok: true, url: `https://company.test/?state=${state}` }),
    exchange: async ({ code }) => ({
      ok: true,
      profile: { subject: code, email: `${code}@example.test`, emailVerified: true, name: code },
      tokens: { access: 'secret-of-the-provider' },
    }),
  }),
}

const app = {
  collections,
  permissions,
  roles,
  defaultRole: 'viewer',
  baseUrl: origin,
  auth: { mfa: { enabled: true }, otp: { enabled: true } },
  oauth: { providers: [company], redirects: ['/welcome'] },
} as const

type Options = Pick<TestOptions<readonly AnyCollection[], never>, 'auth' | 'sessions'>

/** A server in this process, and browsers that reach it. */
export async function createServer(options: Options = {}) {
  const test = await createTestCardea({ ...app, ...options })
  const { mount, getAuth, onError, notFound, requirePermission } = cardeaHono(test.auth, { rateLimits: 'off' })
  const hono = new Hono()
  hono.use(mount)
  hono.onError(onError)
  hono.notFound(notFound)
  hono.get('/drafts', requirePermission('content:read'), (c) => c.json({ user: getAuth(c).userId }))
  /** Method and path of every request, the first first. */
  const requests: string[] = []
  /** Set by tests that want something to happen with requests. */
  const network: { before: (path: string) => unknown } = { before: () => undefined }

  const serve = async (address: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(address)
    requests.push(`${init.method} ${pathname}`)
    const { signal } = init
    // As `fetch` does: whatever hangs ends with the signal.
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
    aborted.catch(() => undefined)
    signal?.throwIfAborted()
    await Promise.race([network.before(pathname), aborted])
    return await hono.request(address, init)
  }

  /** A browser with its cookies, locks and channels, which its tabs share. */
  const openBrowser = ({ locks, channels }: { readonly locks?: Locks; readonly channels?: true } = {}) => {
    const cookies = new Map<string, string>()
    const hub = new Set<Channel>()
    const fetch: Platform['fetch'] = async (address, init) => {
      const headers = new Headers(init.headers)
      // As browsers do, by which the server knows that no other site asks.
      headers.set('sec-fetch-site', 'same-origin')
      if (init.credentials === 'include') headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
      const response = await serve(address, { ...init, headers })
      if (init.credentials === 'include') {
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          if (line.includes('Max-Age=0')) cookies.delete(name)
          else cookies.set(name, value)
        }
      }
      return response
    }
    const openChannel = (): Channel => {
      const channel: Channel = {
        onmessage: null,
        postMessage: (data) => {
          for (const other of hub) if (other !== channel) queueMicrotask(() => other.onmessage?.({ data }))
        },
        close: () => hub.delete(channel),
      }
      hub.add(channel)
      return channel
    }
    const platform: Partial<Platform> = {
      fetch,
      now: () => test.clock.now(),
      locks,
      openChannel: channels && openChannel,
    }
    return { cookies, fetch, platform }
  }
  return { ...test, requests, network, openBrowser, serve }
}

/** The type of the instance, as an app exports it. */
export type App = Awaited<ReturnType<typeof createServer>>['auth']

/** Web Locks as they are between tabs, and which are held now. */
export function createLocks(): Locks & { readonly held: Set<string> } {
  const held = new Set<string>()
  const last = new Map<string, Promise<unknown>>()
  return {
    held,
    request: (name, work) => {
      const mine = (last.get(name) ?? Promise.resolve()).then(async () => {
        held.add(name)
        try {
          return await work()
        } finally {
          held.delete(name)
        }
      })
      last.set(
        name,
        mine.catch(() => undefined),
      )
      return mine
    },
  }
}
