export { type CardeaHono, cardeaHono, type HonoOptions } from './cardea-hono.js'
export type { RequestAuth } from './request-auth.js'
