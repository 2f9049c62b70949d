export { statusOf } from '@cardea/http'
export { cardeaNext, type NextOptions } from './cardea-next.js'
export type {
  AnyHandler,
  CardeaNext,
  Guard,
  GuardResource,
  LoadingGuard,
  Mount,
  RequirePermission,
  RouteContext,
  RouteHandler,
} from './guards.js'
export type { Asked, FindAuth, GetAuth, GetResource, LoadedRequest, RequestAuth } from './request-auth.js'
