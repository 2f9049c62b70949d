import type { Contender, Measurements } from './interleave.ts'

/** One call of what is measured. It throws when the answer is not right. */
export type Call = (index: number) => Promise<void>

/** Calls go on in batches of so many before the clock is looked at. */
const batch = 20

/** Contenders that make calls, and what became of their processor time. */
export interface Callers {
  readonly contenders: readonly Contender[]
  /** Microseconds of processors per call, all threads of the process together; filled in by the turns that count. */
  readonly processorTime: Measurements
}

/**
 * Builds contenders whose turn is to call one after the other for a while. Each turn begins where the last one ended.
 * They measure microseconds per call.
 */
export function createCallers(calls: Readonly<Record<string, Call>>, milliseconds: number): Callers {
  const processorTime = new Map<string, number[]>()
  const contenders = Object.entries(calls).map(([name, call]): Contender => {
    const used: number[] = []
    processorTime.set(name, used)
    let index = 0
    const turn = async (counts: boolean): Promise<number> => {
      const before = process.cpuUsage()
      const start = performance.now()
      let made = 0
      let elapsed = 0
      do {
        for (let count = 0; count < batch; count += 1) {
          await call(index)
          index += 1
        }
        made += batch
        elapsed = performance.now() - start
      } while (elapsed < milliseconds)
      const { user, system } = process.cpuUsage(before)
      if (counts) used.push((user + system) / made)
      return (elapsed / made) * 1_000
    }
    return { name, turn }
  })
  return { contenders, processorTime }
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
