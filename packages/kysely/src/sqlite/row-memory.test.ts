import { describe, expect, it } from 'vitest'
import { RowMemory } from './row-memory.js'

/** A memory beside a database of one number, which counts what is asked of it. */
function setUp() {
  const database = { version: 1, versionsAsked: 0, reads: 0 }
  const memory = new RowMemory(() => {
    database.versionsAsked += 1
    return database.version
  })
  const read = (key = 'a', statement = 'select') =>
    memory.find(statement, key, () => {
      database.reads += 1
      return { version: database.version, key, statement, list: ['x'] }
    })
  return { database, memory, read }
}

describe('RowMemory', () => {
  it('reads a row once for as long as nothing is committed', () => {
    const { database, read } = setUp()
    const first = read()
    expect(read()).toBe(first)
    expect(database.reads).toBe(1)
    database.version = 2
    expect(read()).toMatchObject({ version: 2 })
    database.version = 1
    expect(read()).toMatchObject({ version: 1 })
  })

  it('asks for the version before it reads: what is committed in between is not missed', () => {
    const { database, memory, read } = setUp()
    memory.find('select', 'a', () => {
      database.version = 2
      return { version: 'of the moment before' }
    })
    expect(read()).toMatchObject({ version: 2 })
  })

  it('keeps keys and statements apart', () => {
    const { read } = setUp()
    for (let time = 0; time < 2; time += 1) {
      for (const [key, statement] of [
        ['a', 's'],
        ['b', 's'],
        ['a', 't'],
      ] as const) {
        expect(read(key, statement)).toMatchObject({ key, statement })
      }
    }
  })

  it('does not keep that there is no row', () => {
    const { memory } = setUp()
    expect(memory.find('select', 'a', () => undefined)).toBeUndefined()
    expect(memory.find('select', 'a', () => ({ there: true }))).toEqual({ there: true })
  })

  it('gives rows that nobody can change for the others', () => {
    const { read } = setUp()
    const row = read()
    expect(Object.isFrozen(row)).toBe(true)
    expect(Object.isFrozen(row?.list)).toBe(true)
  })

  it('holds a few thousand rows at most', () => {
    const { database, read } = setUp()
    for (let number = 0; number < 4_001; number += 1) read(String(number))
    read('4000')
    expect(database.reads).toBe(4_001)
    read('0')
    expect(database.reads).toBe(4_002)
  })

  it('stands aside for a while where commits come faster than the same rows', () => {
    const { database, read } = setUp()
    const ask = (times: number) => {
      for (let time = 0; time < times; time += 1) {
        database.version += 1
        expect(read()).toMatchObject({ version: database.version })
      }
    }
    ask(1_000)
    expect(database.versionsAsked).toBeLessThan(10)
    // Once it is quiet it is of use again.
    for (let time = 0; time < 600; time += 1) read()
    const { reads } = database
    read()
    expect(database.reads).toBe(reads)
  })
})
