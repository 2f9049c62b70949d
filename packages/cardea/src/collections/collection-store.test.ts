import { builtInUsers } from '@cardea/collections'
import { eq } from '@cardea/core'
import { authz, collections, type Storage, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { createTestLogger } from '../testing.fixture.js'
import { createCollectionStore, frozenStore } from './collection-store.js'

/** A store over a memory, and what a test does behind its back. */
async function prepared() {
  const storage = createMemoryStorage()
  await storage.migrate(systemTables)
  let rows = 0
  /** What runs between the rows and the version that is read after them. */
  let meanwhile: () => Promise<unknown> = async () => undefined
  const loads: string[] = []
  const watched: Storage = {
    ...storage,
    find: async (table, query, params) => {
      const found = await storage.find(table, query, params)
      if (table.name !== collections.name) return found
      loads.push(table.name)
      await meanwhile()
      return found
    },
  }
  const store = createCollectionStore(watched, {
    code: [builtInUsers()],
    tablePrefix: undefined,
    logger: createTestLogger(),
  })
  const add = async (name: string) => {
    rows += 1
    await storage.insert(collections, {
      id: `row ${rows}`,
      name,
      table_name: `auth_${name}`,
      definition: { type: 'auth', fields: {} },
      state: 'ready',
      created_at: 1,
      updated_at: 1,
    })
    await storage.update(authz, { where: eq('id', 'authz'), increment: { config_version: 1 } })
    return rows
  }
  return {
    store,
    storage,
    add,
    loads,
    whileLoading: (work: () => Promise<unknown>) => {
      meanwhile = work
    },
  }
}

describe('createCollectionStore', () => {
  it('reads nothing while a version is known, and once for all who have seen a newer one', async () => {
    const { store, add, loads } = await prepared()
    const version = await add('members')
    const before = store.current
    await Promise.all(Array.from({ length: 50 }, () => store.at(version)))
    expect(loads).toHaveLength(1)
    expect(store.current).not.toBe(before)
    expect(before.registry.get('members')).toBeUndefined()
    await store.at(version)
    await store.at(0)
    expect(loads).toHaveLength(1)
  })

  it('keeps the same collection and table while a definition stays as it is', async () => {
    const { store, add } = await prepared()
    await store.at(await add('members'))
    const [collection, users] = [store.current.registry.get('members'), store.current.registry.get('users')]
    if (collection === undefined) throw new Error('no members')
    const table = store.table(collection)
    await store.at(await add('partners'))
    expect(store.current.registry.get('members')).toBe(collection)
    expect(store.current.registry.get('users')).toBe(users)
    expect(store.table(collection)).toBe(table)
  })

  it('takes rows only with the version that they belong to', async () => {
    const { store, add, loads, whileLoading } = await prepared()
    let left = 2
    whileLoading(async () => {
      if (left > 0) await add(`late_${left--}`)
    })
    await store.at(await add('members'))
    expect(loads).toHaveLength(3)
    expect([...store.current.infos.keys()]).toEqual(['users', 'members', 'late_2', 'late_1'])
    expect(store.current.version).toBe(3)
  })

  it('answers unavailable when definitions change during each of three tries, and is well afterwards', async () => {
    const { store, add, whileLoading } = await prepared()
    let count = 0
    whileLoading(() => add(`restless_${count++}`))
    await expect(store.at(await add('members'))).rejects.toMatchObject({ code: 'unavailable' })
    whileLoading(async () => undefined)
    expect((await store.latest()).registry.get('restless_0')?.name).toBe('restless_0')
  })

  it('loads again when a load that was under way is older than what a request saw', async () => {
    const { store, add, whileLoading } = await prepared()
    let second: Promise<unknown> | undefined
    const version = await add('members')
    whileLoading(async () => {
      // After the rows and before the version, but too late for this load.
      second ??= store.latest().then(async () => {
        whileLoading(async () => undefined)
        return await store.at(await add('partners'))
      })
    })
    await store.at(version)
    await second
    expect(store.current.registry.get('partners')?.name).toBe('partners')
  })

  it('goes back with a database that was restored', async () => {
    const { store, storage, add } = await prepared()
    await store.at(await add('members'))
    await storage.delete(collections, eq('name', 'members'))
    await storage.update(authz, { where: eq('id', 'authz'), set: { config_version: 0 } })
    expect((await store.latest()).registry.get('members')).toBeUndefined()
    expect(store.current.version).toBe(0)
  })

  it('reads nothing inside a transaction of the app', async () => {
    const { store, add, loads } = await prepared()
    await store.at(await add('members'))
    const frozen = frozenStore(store)
    await add('partners')
    expect(await frozen.find('partners')).toBeUndefined()
    expect((await frozen.find('members'))?.name).toBe('members')
    expect((await frozen.latest()).version).toBe(1)
    expect(loads).toHaveLength(1)
  })
})
