import type { Storage } from '@cardea/storage'

/** A storage whose migrations fail at one of their calls, and from then on, as if the process had died there. */
export function breaking(storage: Storage, at: { call: number }): Storage {
  return {
    ...storage,
    migrate: async (tables, options) => {
      if (options?.dryRun === true) return await storage.migrate(tables, options)
      at.call -= 1
      if (at.call < 0) throw new Error('the process died')
      return await storage.migrate(tables, options)
    },
  }
}
