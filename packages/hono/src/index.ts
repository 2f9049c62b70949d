export { statusOf } from '@cardea/http'
export {
  type CardeaHono,
  cardeaHono,
  type GuardResource,
  type HonoOptions,
  type RequirePermission,
} from './cardea-hono.js'
export type { LoadedBy, LoadedEnv, RequestAuth } from './request-auth.js'
