import type { Query, Row } from '../query.js'
import type { ProofDatabase } from './storages.js'

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

/** Everything in a database, one text for each value that is not null. */
export interface Dump {
  /** `table.column` and the value as a text. */
  readonly cells: readonly (readonly [place: string, text: string])[]
  readonly tables: readonly string[]
}

const tableQueries: Readonly<Record<ProofDatabase['name'], string>> = {
  SQLite: "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
  PostgreSQL: 'select tablename as name from pg_tables where schemaname = current_schema()',
  MySQL: 'select table_name as name from information_schema.tables where table_schema = database()',
}

/** Reads every column of every row of every table. */
export async function dumpDatabase(kind: ProofDatabase['name'], query: Query): Promise<Dump> {
  const quote = kind === 'MySQL' ? '`' : '"'
  const tables = (await query(tableQueries[kind])).map(({ name }) => String(name)).sort()
  const cells: [string, string][] = []
  for (const table of tables) {
    const rows = await query(`select * from ${quote}${table}${quote}`)
    for (const row of rows) cells.push(...cellsOf(table, row))
  }
  return { cells, tables }
}

function cellsOf(table: string, row: Row): [string, string][] {
  return Object.entries(row).flatMap(([column, value]): [string, string][] => {
    if (value === null || value === undefined) return []
    const texts =
      value instanceof Uint8Array
        ? [Buffer.from(value).toString('latin1'), Buffer.from(value).toString('hex')]
        : [textOf(value)]
    return texts.map((text) => [`${table}.${column}`, text])
  })
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  // JSON knows no bigints.
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

/** What is looked for. */
export interface Needle {
  readonly what: string
  readonly found: (text: string) => boolean
}

/** How much of a part of a secret is looked for: whoever wrote all of it wrote this. A multiple of three bytes. */
const longestPart = 24
/** Parts that are shorter are no secret on their own. */
const shortestPart = 12

/**
 * What to look for so that a secret is found as it is, in any case, and in hexadecimal, base64 or base64url, alone or within
 * more; and so are its bytes, where it is written in one of these or in base32.
 *
 * Ids within a secret are none.
 */
export function needlesOf(what: string, secret: string): readonly Needle[] {
  const parts = secret.split(/[._:]/).filter((part) => part.length >= shortestPart && !part.match(uuid))
  const chosen = parts.length > 0 ? parts : [secret]
  const forms = chosen.flatMap((part) => [
    ...formsOf(Buffer.from(part.slice(0, longestPart))),
    ...decodingsOf(part).flatMap((bytes) => formsOf(bytes.subarray(0, longestPart))),
  ])
  return [...new Set(forms.map((form) => form.toLowerCase()))].map((form) => ({
    what: `${what} as ${form}`,
    found: (text) => text.toLowerCase().includes(form),
  }))
}

/** A code of digits: found where it stands alone, in nothing that is an id. */
export const codeNeedle = (what: string, code: string): Needle => {
  const alone = new RegExp(`(?<![0-9A-Za-z_-])${code}(?![0-9A-Za-z_-])`)
  const encoded = [Buffer.from(code).toString('base64').replace(/=+$/, ''), Buffer.from(code).toString('hex')]
  const words = new Set(encoded)
  return {
    what: `${what} ${code}`,
    found: (text) => {
      const plain = text.replace(uuid, ' ')
      return alone.test(plain) || plain.split(/[^0-9A-Za-z+/]+/).some((word) => words.has(word))
    },
  }
}

function formsOf(bytes: Buffer): readonly string[] {
  const encoded = [0, 1, 2].flatMap((offset) => {
    // The same bytes within more of them, at each place that they can have in a group of three.
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const whole = padded.subarray(0, padded.length - (padded.length % 3)).toString('base64')
    const own = whole.slice(offset === 0 ? 0 : offset + 1)
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
  // As it is: what is text shows as text, what is none cannot be in one.
  return [bytes.toString('latin1'), bytes.toString('hex'), ...encoded].filter((form) => form.length >= shortestPart)
}

/** The bytes that a text may stand for. */
function decodingsOf(part: string): readonly Buffer[] {
  const decoded: Buffer[] = []
  if (/^[0-9a-f]+$/i.test(part) && part.length % 2 === 0) decoded.push(Buffer.from(part, 'hex'))
  if (/^[\w-]+$/.test(part)) decoded.push(Buffer.from(part, 'base64url'))
  if (/^[A-Z2-7]+$/.test(part)) decoded.push(fromBase32(part))
  return decoded.filter(({ length }) => length >= shortestPart)
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (symbol) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(symbol).toString(2).padStart(5, '0'),
  )
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** Where needles are found: nowhere is the answer that a test wants. */
export function search(needles: readonly Needle[], cells: Dump['cells']): readonly string[] {
  return cells.flatMap(([place, text]) =>
    needles.filter(({ found }) => found(text)).map(({ what }) => `${place}: ${what}`),
  )
}
