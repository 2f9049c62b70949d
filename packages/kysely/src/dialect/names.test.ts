import { describe, expect, it } from 'vitest'
import { createNames, foreignKeyName, indexNames, primaryKeyNames, uniqueIndexNames } from './names.js'

describe('createNames', () => {
  it('puts the prefix in the place of cardea_, and leaves other names alone', () => {
    const names = createNames('my_')
    expect([names.table('cardea_sessions'), names.table('auth_users'), names.ledger]).toEqual([
      'my_sessions',
      'auth_users',
      'my_migrations',
    ])
    expect(createNames().ledger).toBe('cardea_migrations')
  })

  it('refuses a prefix that is no identifier', () => {
    for (const prefix of ['', '1a', 'A', 'a-b', 'a"b', "a';--", 'ä', 'x'.repeat(33)]) {
      expect(() => createNames(prefix)).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
    }
  })
})

describe('names of indexes', () => {
  it('stay within 63 bytes, and apart where their beginnings are equal', () => {
    const table = 'a_table_with_a_rather_long_name_that_goes_on_for_a_while'
    const names = [
      uniqueIndexNames(table, 'first'),
      uniqueIndexNames(table, 'first_and_second'),
      uniqueIndexNames(table, 'first_and_third'),
      indexNames(table, 'first_and_second'),
      indexNames('漢'.repeat(40), 'index'),
    ].flatMap(({ name, formerName }) => [name, formerName])
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
    expect(uniqueIndexNames('cardea_sessions', 'token')).toEqual({
      name: 'cardea_sessions$token_key',
      formerName: 'cardea_sessions_token_key',
    })
  })

  it('are never those of another table’s, nor of a table, wherever the underscores are', () => {
    const words = ['a', 'b', 'c', 'key', 'idx', 'fkey', 'pkey', 'a_b', 'b_c', 'b_key', 'b_c_key', 'x'.repeat(48)]
    const tables = words.flatMap((first) => [first, ...words.map((second) => `${first}_${second}`.slice(0, 63))])
    const places = new Map<string, string>()
    const add = (name: string, place: string) => {
      expect([name, places.get(name) ?? place]).toEqual([name, place])
      places.set(name, place)
    }
    for (const table of new Set(tables)) {
      add(table, table)
      add(primaryKeyNames(table).name, `the primary key of ${table}`)
      for (const column of words) {
        add(uniqueIndexNames(table, column).name, `the unique key ${column} of ${table}`)
        add(indexNames(table, column).name, `the index ${column} of ${table}`)
        add(foreignKeyName(table, column), `the foreign key ${column} of ${table}`)
      }
    }
  })
})
