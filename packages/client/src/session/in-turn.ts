import type { Locks } from '../platform.js'

/** The last work of each owner. Clients that share a storage share it. */
const last = new WeakMap<object, Promise<unknown>>()

/**
 * Runs work once no other of the same owner runs, in any tab where there are Web Locks, else in this one. Tabs that know
 * nothing of each other may refresh at the same time: for ten seconds the server gives both the same successor.
 */
export function inTurn<Result>(
  locks: Locks | undefined,
  owner: object,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  if (locks !== undefined) return locks.request(name, work)
  const mine = (last.get(owner) ?? Promise.resolve()).then(work)
  last.set(owner, mine.then(ignore, ignore))
  return mine
}

const ignore = (): void => {}
