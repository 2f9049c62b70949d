import { CardeaError } from '@cardea/core'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import { internOnce } from './intern-once.js'

/** The permissions of a policy, in the order of their numbers, and back. */
export interface NumberedLabels {
  readonly labels: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
}

/** Code declares a catalogue once, and each change of a role compiles the policy again. */
const ofCatalogues = new WeakMap<readonly string[], NumberedLabels>()

/**
 * Numbers the permissions of a catalogue and those made at run time.
 *
 * @throws CardeaError `configuration_invalid` for one that is none.
 */
export function numberLabels(declared: readonly string[], custom: readonly string[] = []): NumberedLabels {
  const known = custom.length === 0 ? ofCatalogues.get(declared) : undefined
  if (known !== undefined) return known
  const labels = Object.freeze(internOnce([...declared, ...custom]))
  const wrong = labels.findIndex((label) => !isPermissionLabel(label))
  if (wrong !== -1) {
    throw new CardeaError('configuration_invalid', `policy: permission ${wrong} is not of the form resource:operation`)
  }
  const numbers = new Map<string, number>()
  for (const label of labels) numbers.set(label, numbers.size)
  const numbered = { labels, numbers }
  // What can still change is looked at each time.
  if (custom.length === 0 && Object.isFrozen(declared)) ofCatalogues.set(declared, numbered)
  return numbered
}
