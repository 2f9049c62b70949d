import { type AuthCollection, identityFields, isAuthCollection } from '@cardea/collections'
import { CardeaError, isCardeaError } from '@cardea/core'
import type { Services } from '../services/services.js'

/**
 * Makes sure that what was just looked up by an identifier still is found by it: where the field has got another name since the
 * request began, nobody is, and that is no answer. No statement for a collection that code defines.
 *
 * @throws CardeaError `unavailable`, so that it is tried again, with the definition of now.
 */
export async function requireIdentifier(services: Services, { name }: AuthCollection, kind: string): Promise<void> {
  const current = await services.collections.find(name)
  if (current !== undefined && isAuthCollection(current) && !identityFields(current).includes(kind)) throw stale()
}

/**
 * Does what a definition has a part in. What is in the way of a request that began with an earlier one may be so only because of
 * that, so it is tried again.
 *
 * @throws CardeaError `unavailable` in place of `conflict` where the definition has changed meanwhile.
 */
export async function withPresentDefinition<Result>(
  services: Services,
  collection: AuthCollection,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isCardeaError(error, 'conflict') && (await services.collections.find(collection.name)) !== collection)
      throw stale(error)
    throw error
  }
}

const stale = (cause?: unknown): CardeaError =>
  new CardeaError('unavailable', 'The collection was just changed: send it again.', {
    retryAfterSeconds: 1,
    ...(cause === undefined ? {} : { cause }),
  })
