import { type CardeaNext, type NextOptions } from '@cardea/next'
import type { NextRequest } from 'next/server.js'
import type { AppOptions, Auth } from '../src/adapters/framework.js'
/** Where a test leaves what the app of a request is made of: Next's routes are modules of its own. */
export declare const appsKey: unique symbol
/** Names the app that a request is for. */
export declare const appHeader = 'x-app'
/** Where the server hands over the address of the socket. */
export declare const addressHeader = 'x-socket-address'
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
export declare function optionsOf({ adapter, below, errors }: AppOptions): NextOptions
export declare function appOf({ headers }: { readonly headers: Pick<Headers, 'get'> }): RunningApp
type Handler = (request: NextRequest, context: never) => Response | Promise<Response>
/** A route whose app is that of the request. */
export declare const route: (
  handlerOf: (app: RunningApp) => Handler,
) => (request: NextRequest, context: unknown) => Response | Promise<Response>
/** All methods of a route. */
export declare const every: (handlerOf: (app: RunningApp) => Handler) => {
  GET: (request: NextRequest, context: unknown) => Response | Promise<Response>
  HEAD: (request: NextRequest, context: unknown) => Response | Promise<Response>
  POST: (request: NextRequest, context: unknown) => Response | Promise<Response>
  PUT: (request: NextRequest, context: unknown) => Response | Promise<Response>
  PATCH: (request: NextRequest, context: unknown) => Response | Promise<Response>
  DELETE: (request: NextRequest, context: unknown) => Response | Promise<Response>
  OPTIONS: (request: NextRequest, context: unknown) => Response | Promise<Response>
}
/** The app of the request that a server component or an action runs for. */
export declare const currentApp: () => Promise<RunningApp>
//# sourceMappingURL=running.d.ts.map
