import type * as z from 'zod/mini'
import type { RouteContract } from '../contract/route.js'

/** As much of a route as it takes to describe it. */
export interface DescribableRoute {
  readonly contract: RouteContract
  /** Loads the schemas of what it takes. */
  load(): Promise<{ readonly schemas: { readonly body: z.ZodMiniType; readonly query: z.ZodMiniType } }>
}
