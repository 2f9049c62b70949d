import type { FactorClaim } from '@cardea/identity'
import { methodReferences } from '../../pipeline/proof.js'

/** What a second factor leaves in the `amr` of a session. */
const secondFactorReferences: ReadonlySet<string> = new Set(methodReferences(['totp', 'backup_code']))

/** How a session was proved, and how far that goes. */
export interface Assurance {
  readonly amr: readonly string[]
  readonly aal: 1 | 2
}

/** What a session is good for after a second factor was proved in it. */
export function raised(amr: readonly string[], factor: FactorClaim['kind']): Assurance {
  // As of a sign-in by both: all but the first method comes from the second.
  const [, ...second] = methodReferences(['password', factor])
  return { amr: [...withoutSecond(amr), ...second], aal: 2 }
}

/** What it is good for once there is no second factor any more. */
export const lowered = (amr: readonly string[]): Assurance => ({ amr: withoutSecond(amr), aal: 1 })

const withoutSecond = (amr: readonly string[]): readonly string[] =>
  amr.filter((reference) => !secondFactorReferences.has(reference))
