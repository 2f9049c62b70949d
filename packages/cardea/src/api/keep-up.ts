import type { Services } from '../services/services.js'

/**
 * What follows must not act on definitions of collections that are older than what a read has seen.
 *
 * @returns Undefined where there is nothing to wait for, as nearly always: every request comes by here.
 */
export function keepUp(
  { collections }: Services,
  seen: { readonly config: number } | undefined,
): Promise<unknown> | undefined {
  return seen !== undefined && seen.config > collections.current.version ? collections.at(seen.config) : undefined
}
