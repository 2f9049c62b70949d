export { statusOf } from '@cardea/http'
export { cardeaHono, type HonoOptions } from './cardea-hono.js'
export type { CardeaHono, GuardResource, RequirePermission } from './guards.js'
export type { LoadedBy, LoadedEnv, RequestAuth } from './request-auth.js'
