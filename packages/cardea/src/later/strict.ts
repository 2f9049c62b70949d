import { invalidInput } from '../accounts/invalid-input.js'
import type { Services } from '../services/services.js'
import { requireAsker } from './require-asker.js'

/** The members that one of the arguments of an operation may have. */
interface Known {
  /** Which argument; the services are the first, 0. */
  readonly at: number
  readonly members: readonly string[]
  /** Whether `by` may be null, for somebody who has not signed in. Default false. */
  readonly nobody?: boolean
}

/**
 * An operation that refuses arguments with members that it does not know. Types do that for literals only: not in JavaScript,
 * and not for an object that was put together elsewhere.
 *
 * @throws CardeaError `unknown_field`; `configuration_invalid` for a `by` that names nobody.
 */
export function strict<Input extends readonly unknown[], Result>(
  operation: (services: Services, ...input: Input) => Result,
  ...known: readonly Known[]
): (services: Services, ...input: Input) => Result {
  return (services, ...input) => {
    for (const { at, members, nobody = false } of known) {
      const given = input[at - 1]
      if (typeof given !== 'object' || given === null) continue
      refuseUnknown(given, members)
      if (members.includes('by')) requireAsker(given, nobody)
    }
    return operation(services, ...input)
  }
}

function refuseUnknown(given: object, members: readonly string[]): void {
  const message = `is not a known field; there are ${members.join(', ')}`
  const unknown = Object.keys(given).filter((name) => !members.includes(name))
  if (unknown.length > 0) throw invalidInput(unknown.map((path) => ({ path, code: 'unknown_field', message })))
}
