export {
  createMemoryRateLimitStore,
  type RateLimitBucket,
  type RateLimitDecision,
  type RateLimitRule,
  type RateLimitStore,
} from '@cardea/core/limits'
export type { AuthzenMount } from './authzen/options.js'
export type { TrustProxy } from './client/client-address.js'
export type { ReadHeaders, RequestHead } from './credentials/headers.js'
export type { Admitted, Authenticated } from './guard/authenticated.js'
export { createGuard, type Guard } from './guard/create-guard.js'
export {
  type Admit,
  createGuards,
  type Guards,
  type OperationOf,
  type ResourceOf,
  type RowOf,
} from './guard/create-guards.js'
export type {
  AuthOptions,
  Awaitable,
  FindCircumstances,
  FindTenant,
  GuardOptions,
  Loading,
  LoadResource,
  PermissionOptions,
  RequestGuardOptions,
  ResourceOptions,
  WithoutLoader,
} from './guard/guard-options.js'
export type { HandlerContext } from './handler/context.js'
export { type CardeaHandler, createHandler } from './handler/create-handler.js'
export { createErrorResponder, type ErrorResponder } from './handler/errors.js'
export type { BodyReader, HandlerRequest } from './handler/handler-request.js'
export type { Audience, RateLimit, RateLimitOptions } from './limits/rules.js'
export type { HttpOptions } from './options/options.js'
export { type Problem, type PublicErrorCode, statusOf } from './problem/problem.js'
