import type { Awaitable } from './guard-options.js'

/** What code of the app has thrown while a guard ran. */
const thrown = new WeakSet<object>()

/** Runs code of the app. What it throws is the app's to answer, whatever it is: an error of a database is no refusal. */
export async function runForApp<Result>(work: () => Awaitable<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (typeof error === 'object' && error !== null) thrown.add(error)
    throw error
  }
}

/** Whether an error came out of the app's own code. */
export const isOfApp = (error: unknown): boolean => typeof error === 'object' && error !== null && thrown.has(error)
