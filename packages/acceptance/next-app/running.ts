import { type CardeaNext, cardeaNext, type NextOptions } from '@cardea/next'
import { isCardeaError } from 'cardea'
import type { NextRequest } from 'next/server'
import type { AppOptions, Auth } from '../src/adapters/framework.js'

/** Where a test leaves what the app of a request is made of: Next's routes are modules of its own. */
export const appsKey = Symbol.for('cardea.acceptance.next-app')
/** Names the app that a request is for. */
export const appHeader = 'x-app'
/** Where the server hands over the address of the socket. */
export const addressHeader = 'x-socket-address'

export interface FixtureApp {
  readonly auth: Auth
  readonly second?: Auth
  readonly options: AppOptions
}

type Permission = `content:${'read' | 'create' | 'update' | 'delete'}`

interface RunningApp {
  readonly options: AppOptions
  readonly cardea: CardeaNext<Permission>
  readonly second: CardeaNext<Permission>
}

export function optionsOf({ adapter, below, errors }: AppOptions): NextOptions {
  return {
    ...adapter,
    ...(below === undefined ? {} : { nextBasePath: below }),
    clientAddress: (headers) => headers.get(addressHeader),
    ...(errors === 'app' ? { onError: (error) => ownError(error) } : {}),
    ...(errors === 'framework'
      ? {
          onError: (error) => {
            throw error
          },
        }
      : {}),
  }
}

const ownError = (error: unknown): Response =>
  new Response(isCardeaError(error) ? error.code : String(error), { status: 599 })

const running = new WeakMap<FixtureApp, RunningApp>()

export function appOf({ headers }: { readonly headers: Pick<Headers, 'get'> }): RunningApp {
  const apps = (globalThis as { [appsKey]?: ReadonlyMap<string, FixtureApp> })[appsKey]
  const app = apps?.get(headers.get(appHeader) ?? '')
  if (app === undefined) throw new Error('There is no such app.')
  const known = running.get(app)
  if (known !== undefined) return known
  const { auth, second = auth, options } = app
  const made = {
    options,
    cardea: cardeaNext(auth, optionsOf(options)),
    second: cardeaNext(second, optionsOf(options)),
  }
  running.set(app, made)
  return made
}

type Handler = (request: NextRequest, context: never) => Response | Promise<Response>

/** A route whose app is that of the request. */
export const route =
  (
    handlerOf: (app: RunningApp) => Handler,
  ): ((request: NextRequest, context: unknown) => Response | Promise<Response>) =>
  (request, context) =>
    handlerOf(appOf(request))(request, context as never)

/** All methods of a route. */
export const every = (handlerOf: (app: RunningApp) => Handler) => {
  const handle = route(handlerOf)
  return { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle, OPTIONS: handle }
}
