import type { Authentication } from 'cardea'
import type { Runtime } from '../handler/runtime.js'

/**
 * Counts a request for who sent it, once that is known: whatever it brings along, somebody who was not recognised is
 * counted by the network.
 *
 * @param recognise Finds out who it is. @returns What that returns.
 * @throws CardeaError `rate_limited`, and whatever `recognise` throws.
 */
export async function countCaller(
  { auth, limits }: Runtime,
  address: string | null,
  recognise: () => Promise<Authentication | undefined>,
): Promise<Authentication | undefined> {
  if (limits?.byAudience !== true) return await recognise()
  let caller: Authentication | undefined
  try {
    caller = await recognise()
  } catch (error) {
    await limits.takeAnonymous(address)
    throw error
  }
  if (caller === undefined) {
    await limits.takeAnonymous(address)
    return undefined
  }
  const isAdmin = limits.byAdmin && (await auth.permissions.subject(caller)).bypass
  await limits.takeKnown(isAdmin ? 'admin' : 'authenticated', caller.principalId)
  return caller
}
