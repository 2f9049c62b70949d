import { eq } from '@cardea/core'
import { expect } from 'vitest'
import { member } from '../member.js'
import type { DeclareTest, Subject } from '../subject.js'
import { kinds } from '../tables.js'

/** Every kind of value comes back as it went in. */
export function valueTests(test: DeclareTest): void {
  const roundTrip = async ({ storage }: Subject, column: string, values: readonly unknown[]): Promise<void> => {
    for (const [index, value] of values.entries()) {
      await storage.insert(kinds, { id: `r${column}${index}`, label: 'x', amount: 0, [column]: value })
      const read = async () => member(await storage.findOne(kinds, { where: eq('id', `r${column}${index}`) }), column)
      expect(await read()).toStrictEqual(value)
      // The same through an update, over a row that holds something else.
      await storage.insert(kinds, { id: `u${column}${index}`, label: 'x', amount: 0 })
      await storage.update(kinds, { where: eq('id', `u${column}${index}`), set: { [column]: value } })
      const updated = await storage.findOne(kinds, { where: eq('id', `u${column}${index}`) })
      expect(member(updated, column)).toStrictEqual(value)
    }
  }

  test('integers up to ±(2^53 − 1) and instants', async (subject) => {
    const values = [
      0,
      1,
      -1,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 32,
      1_800_000_000_000,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ]
    await roundTrip(subject, 'amount', values)
    for (const value of values) expect(await subject.storage.count(kinds, eq('amount', value))).toBeGreaterThan(0)
    expect(await subject.storage.count(kinds, eq('amount', Number.MAX_SAFE_INTEGER - 1))).toBe(0)
  })

  test('integers at the far end are incremented exactly', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: Number.MAX_SAFE_INTEGER - 2 })
    await storage.update(kinds, { where: eq('id', 'a'), increment: { amount: 1 } })
    expect((await storage.findOne(kinds, { where: eq('id', 'a') }))?.amount).toBe(Number.MAX_SAFE_INTEGER - 1)
  })

  test('adding to null leaves null', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    expect(await storage.update(kinds, { where: eq('id', 'a'), increment: { at: 1 } })).toBe(1)
    expect((await storage.findOne(kinds, { where: eq('id', 'a') }))?.at).toBeNull()
  })

  test('doubles, to the last bit', async (subject) => {
    const values = [
      0,
      0.1,
      -0.1,
      1 / 3,
      1e21,
      1e-7,
      123_456_789.123_456_78,
      2 ** 53 + 2,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      5e-324,
      null,
    ]
    await roundTrip(subject, 'ratio', values)
    for (const value of [0.1, 1 / 3, Number.MAX_VALUE])
      expect(await subject.storage.count(kinds, eq('ratio', value))).toBe(2)
  })

  test('minus zero is zero', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: -0, ratio: -0 })
    const found = await storage.findOne(kinds, { where: eq('id', 'a') })
    expect(found).toMatchObject({ amount: 0, ratio: 0 })
    expect(Object.is(found?.amount, 0) && Object.is(found?.ratio, 0)).toBe(true)
    expect(await storage.count(kinds, eq('ratio', -0))).toBe(1)
  })

  test('booleans are booleans, not numbers', async (subject) => {
    await roundTrip(subject, 'flag', [true, false])
    await roundTripMaybe(subject)
  })

  const roundTripMaybe = async ({ storage }: Subject): Promise<void> => {
    await storage.insert(kinds, { id: 'm', label: 'x', amount: 0, flag: true, maybe: false })
    const taken = await storage.consume(kinds, eq('id', 'm'))
    expect(taken).toMatchObject({ flag: true, maybe: false })
    expect(await storage.count(kinds, eq('flag', true))).toBe(2)
    expect(await storage.count(kinds, eq('flag', false))).toBe(2)
  }

  test('null is not the empty text, zero or false', async ({ storage }) => {
    await storage.insert(kinds, [
      { id: 'null', label: '', amount: 0 },
      { id: 'empty', label: '', amount: 0, note: '', body: '', at: 0, ratio: 0, maybe: false },
    ])
    const { note, body, at, ratio, maybe } = (await storage.findOne(kinds, { where: eq('id', 'null') })) ?? {}
    expect([note, body, at, ratio, maybe]).toEqual([null, null, null, null, null])
    expect(await storage.findOne(kinds, { where: eq('note', '') })).toMatchObject({
      id: 'empty',
      body: '',
      at: 0,
      ratio: 0,
      maybe: false,
    })
  })

  test('JSON of every shape, nulls inside included', async (subject) => {
    await roundTrip(subject, 'data', [
      { nested: { list: [1, 'two', false, null, { three: 3.5 }], none: null } },
      [],
      {},
      [null, [[]], ''],
      'a text at the top',
      '"quoted"',
      'null',
      42,
      -1.5,
      0,
      true,
      false,
      '',
      { unicode: 'žluťoučký 漢字 😀 \u2028 \u0000 \ud800', 'key with "quotes"': "\\ ' ` ; --" },
      { ['__proto__x']: 1, constructor: 'c', toString: 't' },
      Number.MAX_SAFE_INTEGER,
      Array.from({ length: 2_000 }, (_, index) => ({ index })),
      null,
    ])
  })

  test('JSON keeps a member called __proto__ a member', async ({ storage }) => {
    const data: unknown = JSON.parse('{"__proto__":{"admin":true},"safe":1}')
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1, data })
    const found = (await storage.findOne(kinds, { where: eq('id', 'a') }))?.data
    expect(JSON.stringify(found)).toBe('{"__proto__":{"admin":true},"safe":1}')
    expect(Reflect.get(Object(found), 'admin')).toBeUndefined()
  })

  test('JSON leaves out members that are undefined', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1, data: { kept: 1, left: undefined } })
    expect((await storage.findOne(kinds, { where: eq('id', 'a') }))?.data).toStrictEqual({ kept: 1 })
  })

  test('a JSON value that looks like a reference is a value', async ({ storage }) => {
    await storage.insert(kinds, { id: 'a', label: 'x', amount: 1 })
    await storage.update(kinds, { where: eq('id', 'a'), set: { data: { ref: 'database.now' } } })
    expect((await storage.findOne(kinds, { where: eq('id', 'a') }))?.data).toEqual({ ref: 'database.now' })
  })

  test('text at its limit in bytes, and long text without one', async (subject) => {
    await roundTrip(subject, 'label', ['', 'x'.repeat(255), 'é'.repeat(127), '😀'.repeat(63)])
    await roundTrip(subject, 'body', ['long '.repeat(100_000), '漢'.repeat(70_000)])
  })
}
