import { secureRandom } from '@cardea/core/crypto'

/** Milliseconds that only go forward: for measuring and for limits, never for an instant that is kept. */
export const monotonicMilliseconds = (): number => performance.now()

/** Resolves after some milliseconds. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/**
 * How long to wait before trying again: a random part of a limit that doubles with each try, so that those who met once
 * do not meet again.
 *
 * @param tries How often it was tried already, from 1 up.
 */
export function backoffMilliseconds(tries: number, first: number, most: number): number {
  const [byte = 0] = secureRandom(1)
  return 1 + Math.min(first * 2 ** (tries - 1), most) * (byte / 256)
}
