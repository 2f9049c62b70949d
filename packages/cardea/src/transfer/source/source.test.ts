import { describe, expect, it } from 'vitest'
import { csvRecord, escapeCell, unescapeCell } from '../write-csv.js'
import { withoutMark } from './decode.js'
import { readCsv } from './read-csv.js'
import { readJson } from './read-json.js'
import type { SourceRecord } from './record.js'
import { parseCsvRecord } from './split-csv.js'

/** The same bytes in pieces of a size. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const toBytes = (input: string | Uint8Array): Uint8Array => (typeof input === 'string' ? Buffer.from(input) : input)

/** What is read, the same however the bytes come. */
async function readAll(
  input: string | Uint8Array,
  read: (source: AsyncIterable<Uint8Array>) => AsyncIterable<SourceRecord>,
): Promise<readonly unknown[]> {
  const results: unknown[][] = []
  for (const size of [1, 2, 3, 7, 64, 1_000_000]) {
    const records: unknown[] = []
    for await (const { line, values, issues } of read(withoutMark(pieces(toBytes(input), size)))) {
      records.push([line, values === undefined ? issues?.[0]?.code : { ...values }])
    }
    results.push(records)
  }
  for (const result of results) expect(result).toEqual(results[0])
  return results[0] ?? []
}

const json = (input: string | Uint8Array, wrapped = false, maximum = 100) =>
  readAll(input, (source) => readJson(source, { maximum, wrapped }))
const csv = (input: string | Uint8Array, maximum = 100) => readAll(input, (source) => readCsv(source, maximum))

describe('readJson', () => {
  it('reads an object in each line, with or without a mark before it, blank lines and a line break at its end', async () => {
    const two = [
      [1, { a: 1 }],
      [3, { a: '}]\n,"' }],
    ]
    expect(await json('{"a":1}\n\n{"a":"}]\\n,\\""}')).toEqual(two)
    expect(await json('\ufeff{"a":1}\r\n\r\n{"a":"}]\\n,\\""}\r\n')).toEqual(two)
    expect(await json('')).toEqual([])
    expect(await json(' \r\n\n')).toEqual([])
  })

  it('reads a list, over lines and in one, and says where each begins', async () => {
    expect(await json('\n[{"a":[1,{"b":"]"}]},\n  {"a":2}\n]\n')).toEqual([
      [2, { a: [1, { b: ']' }] }],
      [3, { a: 2 }],
    ])
    expect(await json('[]')).toEqual([])
    expect(await json('[{"a":1},{"a":2}]')).toHaveLength(2)
  })

  it('reads the list of users of Firebase, and nothing else in its place', async () => {
    expect(await json('{"users": [\n{"a":1},\n{"a":2}]}', true)).toEqual([
      [2, { a: 1 }],
      [3, { a: 2 }],
    ])
    await expect(json('{"people":[]}', true)).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(json('{"users"', true)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('says that a list which breaks off has lost something', async () => {
    expect(await json('[{"a":1},{"a":2}')).toEqual([
      [1, { a: 1 }],
      [1, { a: 2 }],
      [1, 'invalid_format'],
    ])
    expect((await json('[{"a":1},{"a":"x')).slice(1)).toEqual([
      [1, 'invalid_format'],
      [1, 'invalid_format'],
    ])
  })

  it('refuses what is wrong with a record, and goes on with the next', async () => {
    const long = `{"a":"${'x'.repeat(200)}"}`
    const lines = [
      '{',
      '[1]',
      '"x"',
      'null',
      '{"a":1,"a":2}',
      '{"__proto__":{"b":1}}',
      '{"a":{"\\u005f_proto__":1}}',
      long,
    ]
    const good = '{"a":{"b":1,"c":[{"b":1},{"b":1}]},"b":":","\\"a":1}'
    expect(await json([...lines, good].join('\n'))).toEqual([
      [1, 'invalid_format'],
      [2, 'invalid_type'],
      [3, 'invalid_type'],
      [4, 'invalid_type'],
      [5, 'duplicate'],
      [6, 'invalid_value'],
      [7, 'invalid_value'],
      [8, 'too_big'],
      [9, JSON.parse(good)],
    ])
    expect(await json(`[${long},{"a":1}]`)).toEqual([
      [1, 'too_big'],
      [1, { a: 1 }],
    ])
  })

  it('refuses bytes that are not UTF-8', async () => {
    const broken = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n{"a":1}')])
    expect(await json(broken)).toEqual([
      [1, 'invalid_format'],
      [2, { a: 1 }],
    ])
  })
})

describe('readCsv', () => {
  it('reads what RFC 4180 allows', async () => {
    expect(await csv('\ufeffa,b\r\n1,"x,""y""\r\nz"\r\n\r\n"",2\r\n"3",')).toEqual([
      [2, { a: '1', b: 'x,"y"\r\nz' }],
      [5, { b: '2' }],
      [6, { a: '3' }],
    ])
    expect(await csv('a\n1\n2')).toEqual([
      [2, { a: '1' }],
      [3, { a: '2' }],
    ])
  })

  it('refuses records that do not fit, and goes on with the next', async () => {
    const broken = Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xff]), Buffer.from('\n1,2\n')])
    expect(await csv(broken)).toEqual([
      [2, 'invalid_format'],
      [3, { a: '1', b: '2' }],
    ])
    expect(await csv('a,b\n1\n1,2,3\n1,x"y"\n1,"x"y\n1,a""b\n1,2\n')).toEqual([
      [2, 'invalid_format'],
      [3, 'invalid_format'],
      [4, 'invalid_format'],
      [5, 'invalid_format'],
      [6, 'invalid_format'],
      [7, { a: '1', b: '2' }],
    ])
  })

  it('does not lose a file to one quote that is never closed', async () => {
    const rows = Array.from({ length: 20 }, (_, index) => `${index},fine`)
    const records = await csv(`a,b\n1,"open\n${rows.join('\n')}\n`, 30)
    expect(records[0]).toEqual([2, 'too_big'])
    expect(records.at(-1)).toEqual([22, { a: '19', b: 'fine' }])
  })

  it('refuses a file whose columns cannot be told apart', async () => {
    for (const file of ['a,a\n1,2', '__proto__,a\n1,2', 'a,"b\n1,2']) {
      await expect(csv(file)).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })
})

describe('csvRecord', () => {
  it.each([
    '',
    'a',
    'a,b',
    'a"b',
    '"',
    'a\r\nb',
    '=1+1',
    "'=1",
    "''@x",
    "'plain",
    '+49 1',
    '-1',
    '\tx',
    '@a',
    '\n=1',
    '\uFF1D1',
    "'\uFF0B1",
    '\uFF0D1',
    '\uFF20a',
  ])('brings %j back as it was, and no spreadsheet runs it', (text) => {
    const record = csvRecord([escapeCell(text), 'x'])
    const [cell = ''] = parseCsvRecord(record.slice(0, -1)) ?? []
    expect(cell).not.toMatch(/^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/)
    expect(unescapeCell(cell)).toBe(text)
  })
})
