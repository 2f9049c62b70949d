/**
 * The same functions, at any depth, each of which settles before it resolves. What is no promise, or no plain object of
 * functions, stays as it is.
 *
 * @param settle Writes what a call has left to be written. Where the call fails, its own error counts.
 */
export function settleAfter<Api extends object>(api: Api, settle: () => Promise<void>): Api {
  const entries = Object.entries(api).map(([name, value]: [string, unknown]) => [name, wrap(value, settle)])
  const made: unknown = Object.assign(
    Object.create(Object.getPrototypeOf(api) as object | null),
    Object.fromEntries(entries),
  )
  // The same names with functions of the same types.
  return Object.freeze(made as Api)
}

function wrap(value: unknown, settle: () => Promise<void>): unknown {
  if (typeof value === 'function') {
    return (...input: unknown[]): unknown => {
      const result: unknown = Reflect.apply(value, undefined, input)
      return result instanceof Promise ? settled(result, settle) : result
    }
  }
  return isPlain(value) ? settleAfter(value, settle) : value
}

async function settled(work: Promise<unknown>, settle: () => Promise<void>): Promise<unknown> {
  let result: unknown
  try {
    result = await work
  } catch (error) {
    // The transaction may be over, and so is what was to be written in it.
    await settle().catch(() => undefined)
    throw error
  }
  await settle()
  return result
}

const isPlain = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
