import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpOptions } from '@cardea/http'
import { createTestCardea } from '@cardea/testing'
import { definePermissions, defineRoles, own, type Storage } from 'cardea'

export const origin = 'http://localhost:3000'
export const password = 'correct horse battery'

const permissions = definePermissions({ content: ['read', 'create', 'update', 'delete'] })
const roles = defineRoles(permissions, {
  viewer: { permissions: ['content:read'] },
  author: { permissions: [{ permission: 'content:update', when: own('author_id') }], inherits: ['viewer'] },
})

/** An instance whose cookies are several, on a base path of its choice. */
export const createInstance = async (basePath = '/api/v1', storage?: Storage) =>
  await createTestCardea({
    ...(storage === undefined ? {} : { storage }),
    baseUrl: origin,
    basePath,
    permissions,
    roles,
    defaultRole: 'viewer',
    sessions: { delivery: 'both' },
    mail: false,
  })

export type Instance = Awaited<ReturnType<typeof createInstance>>
export type Auth = Instance['auth']

/** Something that reads bodies, as apps have it. */
export type Parser = 'json' | 'urlencoded' | 'raw' | 'text'

/** How an app is put together. */
export interface AppOptions {
  readonly adapter?: HttpOptions & { readonly refusals?: 'answer' | 'throw' }
  /** Reads every body that it can, in front of Cardea's routes or behind them. */
  readonly parser?: { readonly kind: Parser; readonly at: 'before' | 'behind' }
  /** Who answers errors: Cardea, the app with a 599 and the code or message of each, or nobody but the framework. Default `cardea`. */
  readonly errors?: 'cardea' | 'app' | 'framework'
  /** Whether the framework is told to believe proxies. */
  readonly frameworkTrustsProxies?: boolean
  /** Where another app mounts this one. */
  readonly below?: string
  /** Awaited in the midst of `GET /stream` and of what `PATCH /posts/slow` loads. */
  readonly pause?: () => Promise<void>
}

/**
 * An app on a framework. Of every kind of route there is one:
 *
 * - `GET /public`; `GET /me` for who is signed in, `{userId}`; `GET /maybe` for everybody, the id or `nobody`
 * - `PATCH /posts/:id` for its author, with a loader that knows `mine` (of whom `x-author` names), `slow`, fails with `broken` and
 *   finds nothing else; the title as text
 * - all methods of `/content` by what they do to the resource
 * - `POST /echo` for who is signed in: the body, where a parser behind has read it
 * - `GET /stream` for who is signed in: `one`, a pause, `two`; `GET /stream/broken` fails after `one`
 * - `GET /throws/sync`, `/throws/async`, `/throws/conflict`: an Error `hunter2`, and a CardeaError
 * - `GET /unguarded` asks who it is for, and nobody has found out
 */
export interface Framework {
  readonly name: string
  /** With which statuses it answers targets and methods itself that it cannot read, before any route is asked. Default none. */
  readonly ownRefusals?: readonly number[]
  /** Whether routes see only the first of two `Authorization` headers. Default false. */
  readonly hidesSecondCredential?: boolean
  readonly listener: (auth: Auth, options: AppOptions) => RequestListener
  /** Two instances in one app: `GET /first` and `/second` ask each for whom it has let in, behind a guard of the first. */
  readonly withTwo: (first: Auth, second: Auth) => RequestListener
}

export interface RunningApp {
  readonly url: string
  readonly port: number
  readonly server: Server
  close(): Promise<void>
}

export async function listen(listener: RequestListener): Promise<RunningApp> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on TCP, so the address is one of a socket.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
