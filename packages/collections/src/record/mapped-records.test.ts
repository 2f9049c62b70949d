import { eq } from '@cardea/core'
import { principals, systemTables } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describe, expect, it } from 'vitest'
import { defineCollection } from '../definition/define-collection.js'
import { collectionRegistry } from '../definition/registry.js'
import { text } from '../field/builders.js'
import { mappedRecords } from './mapped-records.js'
import { parseNew, parsePatch } from './parse.js'
import { createRecords } from './records.js'

const fields = { title: text() }
const articles = defineCollection('articles', {
  type: 'base',
  table: 'Articles',
  id: 'integer',
  columns: { id: 'no' },
  fields,
})
const notes = defineCollection('notes', { type: 'base', table: 'notes', columns: { updated_at: 'changed' }, fields })
const staff = defineCollection('staff', { type: 'auth', table: 'staff', id: 'integer', columns: {}, fields })
const at = 1_800_000_000_000

const open = async () => {
  const storage = createMemoryStorage()
  const registry = collectionRegistry([articles, notes, staff])
  await storage.migrate([...systemTables, ...registry.tables()])
  const missing: string[] = []
  const records = createRecords({
    clock: () => at,
    tables: registry.table,
    loadMapped: async () => ({ mappedRecords }),
    onMissing: (_collection, id) => missing.push(id),
  })
  const values = (collection: typeof articles | typeof notes | typeof staff, title: string) => {
    const parsed = parseNew(collection, { title })
    if (!parsed.valid) throw new Error('refused')
    return parsed.values
  }
  const patch = (title: string) => {
    const parsed = parsePatch(articles, { title })
    if (!parsed.valid) throw new Error('refused')
    return parsed.values
  }
  return { storage, registry, records, missing, values, patch }
}

describe('records in a table of the app', () => {
  it('have the ids that the table gives, and no instants that it does not know', async () => {
    const { storage, records, values, patch } = await open()
    const made = await records.insert(storage, articles, { id: 'unused', values: values(articles, 'One') })
    expect(made).toEqual({ id: '1', title: 'One' })
    expect(records.present(articles, made)).toEqual({ id: '1', title: 'One', created_at: null, updated_at: null })
    expect(await records.update(storage, articles, '1', patch('Two'))).toBe(true)
    expect(await records.find(storage, articles, '1')).toEqual({ id: '1', title: 'Two' })
    for (const wrong of ['01', '2', 'x', '']) {
      expect(await records.update(storage, articles, wrong, patch('Three'))).toBe(false)
      expect(await records.find(storage, articles, wrong)).toBeUndefined()
    }
    const note = await records.insert(storage, notes, { id: 'own id', values: values(notes, 'N') })
    expect(note).toEqual({ id: 'own id', title: 'N', updated_at: at })
  })

  it('are found by their principal, which knows what the table does not', async () => {
    const { storage, records, registry, missing, values } = await open()
    const account = { id: 'p1', email: 'a@example.com', verified: true, values: values(staff, 'Dr') }
    const row = await records.insert(storage, staff, account)
    const shown = { id: '1', principal_id: 'p1', email: 'a@example.com', verified: true, title: 'Dr' }
    expect(row).toEqual(shown)
    const principal = {
      id: 'p1',
      collection: 'staff',
      record_key: '1',
      status: 'active',
      verified: true,
      created_at: at,
    }
    await storage.insert(principals, principal)
    expect(await records.find(storage, staff, 'p1')).toEqual(shown)
    expect(await records.find(storage, staff, '1')).toBeUndefined()
    expect(await records.updateAccount(storage, staff, 'p1', { verified: false, email: 'b@example.com' })).toBe(true)
    expect(await records.find(storage, staff, 'p1')).toMatchObject({ email: 'b@example.com', verified: false })
    expect(await records.updateAccount(storage, staff, 'p1', { verified: true })).toBe(true)
    expect(missing).toEqual([])
    await storage.delete(registry.table(staff), eq('id', '1'))
    expect(await records.find(storage, staff, 'p1')).toBeUndefined()
    expect(await records.updateAccount(storage, staff, 'p1', { verified: true })).toBe(false)
    expect(missing).toEqual(['p1'])
  })
})
