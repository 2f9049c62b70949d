/** The ids of requests in which errors were thrown, so that the answer bears the id that an event about it has. */
const names = new WeakMap<object, string>()

/** Notes in which request an error was thrown. */
export function nameRequest(error: object, requestId: string): void {
  names.set(error, requestId)
}

/** The id of the request that an error was thrown in, where it was noted. */
export function requestNameOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? names.get(error) : undefined
}
