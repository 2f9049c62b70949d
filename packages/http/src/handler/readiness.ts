/**
 * Makes sure that an instance is ready before its first request. After it has succeeded once this costs a comparison;
 * until then requests that come at the same time share one attempt, and a failure is not remembered.
 */
export function createReadiness(ready: () => Promise<void>): () => Promise<void> | undefined {
  let isReady = false
  let attempt: Promise<void> | undefined
  return () => {
    if (isReady) return undefined
    attempt ??= ready().then(
      () => {
        isReady = true
      },
      (error: unknown) => {
        attempt = undefined
        throw error
      },
    )
    return attempt
  }
}
