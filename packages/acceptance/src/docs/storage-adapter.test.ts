import { principals, type Storage, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describeStorage } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { loadCode } from './page-code.js'

const { measuredStorage } = (await loadCode('docs/writing-a-storage-adapter.md', 1)) as {
  readonly measuredStorage: (behind: Storage, told: (verb: string, table: string) => void) => Storage
}

describeStorage('the adapter of the page about adapters', async () => {
  const behind = createMemoryStorage()
  const storage = measuredStorage(behind, () => undefined)
  return { storage, inTransaction: (work) => behind.transaction(work), close: () => storage.close() }
})

describe('the adapter of the page about adapters', () => {
  it('tells of each verb', async () => {
    const told: string[] = []
    const storage = measuredStorage(createMemoryStorage(), (verb, table) => told.push(`${verb} ${table}`))
    await storage.migrate(systemTables)
    await storage.transaction(async (inside) => await inside.count(principals))
    expect(told).toEqual(['count cardea_principals'])
  })
})
