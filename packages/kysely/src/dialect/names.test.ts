import { describe, expect, it } from 'vitest'
import { createNames, indexName, uniqueIndexName } from './names.js'

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
      uniqueIndexName(table, 'first'),
      uniqueIndexName(table, 'first_and_second'),
      uniqueIndexName(table, 'first_and_third'),
      indexName(table, 'first_and_second'),
      indexName('漢'.repeat(40), 'index'),
    ]
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
    expect(uniqueIndexName('cardea_sessions', 'token')).toBe('cardea_sessions_token_key')
  })
})
