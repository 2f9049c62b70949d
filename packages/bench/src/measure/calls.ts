/** One call of what is measured. It throws when the answer is not right. */
export type Call = (index: number) => Promise<void>

/** Calls go on in batches of so many before the clock is looked at. */
const batch = 20

/**
 * Builds a turn that calls one after the other for a while. Each turn begins where the last one ended.
 *
 * @returns Microseconds per call.
 */
export function createCallTurn(call: Call, milliseconds: number): () => Promise<number> {
  let index = 0
  return async () => {
    const start = performance.now()
    let calls = 0
    let elapsed = 0
    do {
      for (let count = 0; count < batch; count += 1) {
        await call(index)
        index += 1
      }
      calls += batch
      elapsed = performance.now() - start
    } while (elapsed < milliseconds)
    return (elapsed / calls) * 1_000
  }
}

/**
 * Makes a number of calls, so many at a time.
 *
 * @returns Calls per second.
 */
export async function callRate(call: Call, total: number, atOnce: number): Promise<number> {
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < total) {
      const index = next
      next += 1
      await call(index)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: Math.min(atOnce, total) }, caller))
  return total / ((performance.now() - start) / 1_000)
}
