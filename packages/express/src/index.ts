export { statusOf } from '@cardea/http'
export { cardeaExpress, type ExpressOptions } from './cardea-express.js'
export type { CardeaExpress, GuardResource, RequirePermission } from './guards.js'
export type { Guard, LoadedBy, LoadedLocals, LoadingGuard, PathValues, RequestAuth } from './request-auth.js'
