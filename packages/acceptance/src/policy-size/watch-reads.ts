import type { Storage } from '@cardea/storage'

/** A storage that counts the rows that are read of each table. */
export interface WatchedStorage {
  readonly storage: Storage
  /** What work reads, by table; tables of which nothing is read are not there. */
  readonly readBy: (work: () => Promise<unknown>) => Promise<Readonly<Record<string, number>>>
}

export function watchReads(storage: Storage): WatchedStorage {
  let read: Record<string, number> = {}
  const find: Storage['find'] = async (table, query, params) => {
    const rows = await storage.find(table, query, params)
    if (rows.length > 0) read[table.name] = (read[table.name] ?? 0) + rows.length
    return rows
  }
  return {
    storage: new Proxy(storage, {
      get: (target, key): unknown => {
        if (key === 'find') return find
        const value: unknown = Reflect.get(target, key)
        // Its methods read private fields.
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    readBy: async (work) => {
      read = {}
      await work()
      return read
    },
  }
}
