import { type AnyCollection, isAuthCollection } from '@cardea/collections'
import { readSignInRule } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'

/**
 * Refuses rules in code that compare what a collection does not have: they would let nobody in.
 *
 * @throws CardeaError `configuration_invalid`, which names every place.
 */
export function assertSignInRules(collections: readonly AnyCollection[]): void {
  const issues = collections.filter(isAuthCollection).flatMap(({ name, auth, fields }) => {
    const read = readSignInRule(auth.signIn?.rule ?? true, fields)
    const place = `${name}.auth.signIn.rule`
    return read.valid
      ? []
      : read.issues.map(({ path, ...issue }) => ({ ...issue, path: path === '' ? place : `${place}.${path}` }))
  })
  if (issues.length === 0) return
  const lines = issues.map(({ path, message }) => `${path} ${message}`)
  throw new CardeaError('configuration_invalid', `defineCollection: ${lines.join('; ')}`, { issues })
}
