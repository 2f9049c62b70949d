/**
 * Calls what the app has handed in, so that nothing it does can break us: neither a throw nor a promise that rejects,
 * which would end the process.
 *
 * @param failed Told of the error.
 */
export function isolate(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call()
    if (isThenable(result)) result.then(undefined, failed)
  } catch (error) {
    failed(error)
  }
}

interface Thenable {
  then(fulfilled: undefined, rejected: (error: unknown) => void): unknown
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
