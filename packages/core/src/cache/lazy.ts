/**
 * Loads something when it is first asked for, and remembers it: callers at the same time share one load. A failure is not
 * remembered, so the next call tries again.
 *
 * It is for modules that most processes, or their first requests, do not need: `load` imports one.
 */
export function lazy<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}
