import { and, contains, eq, gt, lt, ne, oneOf } from '@cardea/core'
import { expect } from 'vitest'
import type { DeclareTest } from '../subject.js'
import { keys, kinds } from '../tables.js'

/** Texts that some collation, normal form or case mapping holds to be equal to another of the list. */
const lookalikes: readonly string[] = [
  'mike',
  'Mike',
  'MIKE',
  'm\u0131ke',
  'M\u0130KE',
  'mi\u0307ke',
  'mike ',
  'mike  ',
  ' mike',
  'mike\t',
  'mike\n',
  'mike\u00a0',
  'mike\u200b',
  'mike\u0001',
  'jos\u00e9',
  'jose\u0301',
  'jose',
  'k@x.com',
  '\u212a@x.com',
  'K@x.com',
  'k\uff20x.com',
  'stra\u00dfe',
  'strasse',
  'STRASSE',
  '\ufb01n',
  'fin',
  '\u00c5',
  'A\u030a',
  '\u212b',
  'a\u0308',
  '\u00e4',
  'ae',
  '\u{1f600}',
  '\u{1f601}',
  '\u{1f600}\u{1f3fb}',
  '\ufe0f',
  '\u2764',
  '\u2764\ufe0f',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '\ue000',
  '%',
  '_',
  '',
  ' ',
  '0',
  '00',
  '0.0',
  '-0',
  '1e1',
  '10',
  '0x10',
  'true',
  'null',
  '\u4e2d',
  '\u00b2',
  '2',
]

const byBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right))

/** Text is its bytes: nothing is folded, trimmed, normalised or converted. */
export function byteTests(test: DeclareTest): void {
  test('texts that look alike are different keys, and each finds itself alone', async ({ storage }) => {
    expect(new Set(lookalikes).size).toBe(lookalikes.length)
    const rows = lookalikes.map((text) => ({ id: text, a: text, b: 'same', code: text }))
    expect(await storage.insert(keys, rows)).toBe(lookalikes.length)
    for (const text of lookalikes) {
      expect(await storage.find(keys, { where: eq('id', text), limit: 'all' })).toMatchObject([{ id: text }])
      expect(await storage.find(keys, { where: eq('code', text), limit: 'all' })).toMatchObject([{ id: text }])
      expect(await storage.find(keys, { where: and(eq('a', text), eq('b', 'same')), limit: 'all' })).toMatchObject([
        { id: text },
      ])
      expect(await storage.count(keys, ne('id', text))).toBe(lookalikes.length - 1)
      expect(await storage.count(keys, oneOf('id', [text]))).toBe(1)
      expect(await storage.count(keys, eq('id', `${text}?`))).toBe(0)
    }
  })

  test('onConflict sees no conflict between texts that look alike', async ({ storage }) => {
    for (const text of lookalikes) {
      const options = { onConflict: { key: 'primary', do: 'nothing' } } as const
      expect(await storage.insert(keys, { id: text, a: text, b: '' }, options)).toBe(1)
      expect(await storage.insert(keys, { id: text, a: text, b: '' }, options)).toBe(0)
    }
    expect(await storage.count(keys)).toBe(lookalikes.length)
  })

  test('update, consume and delete touch the one text that is meant', async ({ storage }) => {
    await storage.insert(
      kinds,
      lookalikes.map((label, index) => ({ id: `r${index}`, label, amount: 0, body: label })),
    )
    for (const text of lookalikes) {
      expect(await storage.update(kinds, { where: eq('label', text), increment: { amount: 1 } })).toBe(1)
      expect(await storage.count(kinds, eq('body', text))).toBe(1)
      expect(await storage.consume(kinds, eq('label', text))).toMatchObject({ label: text, body: text, amount: 1 })
    }
    expect(await storage.count(kinds)).toBe(0)
  })

  test('order and comparison follow the bytes of UTF-8', async ({ storage }) => {
    await storage.insert(
      kinds,
      lookalikes.map((label, index) => ({ id: `r${index}`, label, amount: 0, body: label })),
    )
    const sorted = lookalikes.toSorted(byBytes)
    for (const field of ['label', 'body'] as const) {
      const found = await storage.find(kinds, { orderBy: [{ field, direction: 'asc' }], limit: 'all' })
      expect(found.map((row) => row[field])).toEqual(sorted)
    }
    for (const [index, text] of sorted.entries()) {
      expect(await storage.count(kinds, lt('label', text))).toBe(index)
      expect(await storage.count(kinds, gt('label', text))).toBe(sorted.length - index - 1)
    }
  })

  test('contains looks for exact bytes and knows no wildcards', async ({ storage }) => {
    const texts = [
      '100%',
      '100',
      '1_0',
      '1x0',
      'a\\b',
      'a%b',
      'axxb',
      '%',
      '_',
      '\\',
      '',
      'Abc',
      'abc',
      'e\u0301',
      '\u00e9',
      '[a-z]',
      '*',
      '?',
      "it's",
      '😀😁',
    ]
    await storage.insert(
      kinds,
      texts.map((label, index) => ({ id: `r${index}`, label, amount: 0, note: label })),
    )
    for (const part of [...texts, '\\%', 'b', 'B', 'e', '\u0301', "'", '00%', '😁']) {
      const found = await storage.find(kinds, { where: contains('note', part), limit: 'all' })
      expect(found.map((row) => row.label).toSorted()).toEqual(texts.filter((text) => text.includes(part)).toSorted())
    }
  })
}
