export { statusOf } from '@cardea/http'
export {
  type CardeaExpress,
  cardeaExpress,
  type ExpressOptions,
  type GuardResource,
  type RequirePermission,
} from './cardea-express.js'
export type { Guard, LoadedBy, LoadedLocals, LoadingGuard, PathValues, RequestAuth } from './request-auth.js'
