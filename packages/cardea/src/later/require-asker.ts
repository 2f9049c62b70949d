import { CardeaError } from '@cardea/core'

/**
 * Sees that options which say on whose behalf something is done name somebody. Without the member the app itself asks, which may
 * all: what a guard has not found must not come to mean that.
 *
 * @param nobody Whether null may stand for somebody who has not signed in.
 * @throws CardeaError `configuration_invalid` for `by: undefined` and for what `auth.verify` did not find.
 */
export function requireAsker(options: object, nobody: boolean): void {
  if (!Object.hasOwn(options, 'by')) return
  const { by } = options as { readonly by: unknown }
  if (typeof by === 'object' && by !== null) {
    if ('principalId' in by && typeof by.principalId === 'string') return
    throw wrong('takes the `authentication` that auth.verify or a guard has found')
  }
  if (by === null && nobody) return
  const stranger = nobody ? 'say null for somebody who has not signed in' : 'refuse somebody who has not signed in'
  throw wrong(`is ${String(by)}; ${stranger}, and leave it out where the app itself asks, which may all`)
}

const wrong = (what: string): CardeaError => new CardeaError('configuration_invalid', `by ${what}`)
