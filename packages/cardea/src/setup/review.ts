import type { RoleDeclaration } from '@cardea/permissions'
import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'

/**
 * Looks whether routes and code need permissions or collections that there are not, whether there are permissions that nothing
 * needs, and roles that allow nothing. Each is said once, in one line. Nothing is loaded or read where there is nothing to say.
 *
 * What is declared and not needed can be told only where something has said what it needs: an app that asks for all of its
 * permissions itself, or serves no routes, is not told that it needs none, nor one whose routes load with their first requests. Nor
 * is it told of permissions that came with a preset, the SDK or a collection: those are there whether there is a use for them or not.
 */
export function createReview(services: Services): () => Promise<void> {
  const { config, declared, needs } = services
  const said = new Set<string>()
  const isKnown = (name: string): boolean => services.collections.current.authNames.includes(name)
  let hasReviewed = false
  let isUseKnown = false

  const review = async (isLate: boolean): Promise<void> => {
    const undeclared = [...needs.places.keys()].filter((label) => !declared.catalogue.has(label) && !said.has(label))
    const missing = [...needs.collections.keys()].filter((name) => !isKnown(name) && !said.has(name))
    const isUseNew =
      !isLate && !isUseKnown && !needs.isMoreToCome && declared.own.some((label) => needs.places.has(label))
    const unneeded = isUseNew ? declared.own.filter((label) => !needs.places.has(label)) : []
    const empty = hasReviewed || !declared.roles.declarations.some(isBare) ? [] : declared.roles.labels
    // Before anything is awaited, so that callers at the same time do not say it twice.
    // No name of a collection has the colon that every permission has.
    const names = [...undeclared, ...missing]
    for (const name of names) said.add(name)
    isUseKnown ||= isUseNew
    hasReviewed = true
    if (names.length + unneeded.length + empty.length === 0) return
    try {
      await (await loadOperations()).warnOfPolicy(services, { undeclared, unneeded, empty, missing })
    } catch (error) {
      // Not said after all: the next call tries again, as with all that `ready()` does.
      for (const name of names) said.delete(name)
      if (isUseNew) isUseKnown = false
      if (empty.length > 0) hasReviewed = false
      throw error
    }
  }

  // Modules of routes may load after the first request. What they need is known by then, but not what the next one does.
  needs.onAdded(() => {
    if (hasReviewed) config.background(review(true).catch(() => undefined))
  })
  return () => review(false)
}

/** A role that inherits is empty only where one like this is among those that it inherits. */
const isBare = ({ bypass, grants, inherits }: RoleDeclaration): boolean =>
  grants.length === 0 && inherits.length === 0 && !bypass
