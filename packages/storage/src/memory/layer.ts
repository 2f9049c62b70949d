import type { StoredRow, StoredValue } from '../codec/stored.js'
import type { Table } from '../schema/table.js'

interface TableLayer {
  /** Undefined marks a row that is gone although the layer below still has it. */
  readonly rows: Map<string, StoredRow | undefined>
  /** From a unique key's values to the id of the row that has them; undefined marks one that is free again. */
  readonly keys: Map<string, string | undefined>
}

/** Names a row by its primary key. */
export const idOf = (table: Table, row: StoredRow): string => tuple(table.primaryKey, row) ?? ''

/**
 * Rows, or changes over the rows of a layer below.
 *
 * A transaction writes into a layer of its own, so readers of the layer below see nothing of it until it is committed,
 * and giving up costs nothing.
 */
export class Layer {
  readonly #below: Layer | undefined
  readonly #tables = new Map<string, TableLayer>()

  constructor(below?: Layer) {
    this.#below = below
  }

  row(table: string, id: string): StoredRow | undefined {
    const own = this.#tables.get(table)?.rows
    return own?.has(id) ? own.get(id) : this.#below?.row(table, id)
  }

  /** All rows of a table. Collect them before changing any. */
  *rows(table: string): Generator<StoredRow> {
    for (const [, row] of this.#entries(table)) yield row
  }

  /** The row that has these values in a unique key. Null is never found. */
  rowByKey(table: Table, key: string, values: Readonly<Record<string, StoredValue>>): StoredRow | undefined {
    const entry = tuple(columnsOf(table, key), values)
    if (entry === undefined) return undefined
    if (key === 'primary') return this.row(table.name, entry)
    const id = this.#owner(table.name, `${key}:${entry}`)
    return id === undefined ? undefined : this.row(table.name, id)
  }

  /** Writes a row. The caller has made sure that its keys are free or its own. */
  put(table: Table, row: StoredRow): void {
    const id = idOf(table, row)
    this.remove(table, this.row(table.name, id))
    const own = this.#own(table.name)
    own.rows.set(id, row)
    for (const entry of keyEntries(table, row)) own.keys.set(entry, id)
  }

  remove(table: Table, row: StoredRow | undefined): void {
    if (row === undefined) return
    const own = this.#own(table.name)
    for (const entry of keyEntries(table, row)) this.#write(own.keys, entry, undefined)
    this.#write(own.rows, idOf(table, row), undefined)
  }

  /** Makes the changes those of the layer below. */
  commit(): void {
    const below = this.#below
    if (below === undefined) return
    for (const [name, { rows, keys }] of this.#tables) {
      const target = below.#own(name)
      for (const [id, row] of rows) below.#write(target.rows, id, row)
      for (const [entry, id] of keys) below.#write(target.keys, entry, id)
    }
    this.#tables.clear()
  }

  *#entries(table: string): Generator<readonly [string, StoredRow]> {
    const own = this.#tables.get(table)?.rows
    if (this.#below !== undefined) {
      for (const entry of this.#below.#entries(table)) if (!own?.has(entry[0])) yield entry
    }
    for (const [id, row] of own ?? []) if (row !== undefined) yield [id, row]
  }

  #owner(table: string, entry: string): string | undefined {
    const own = this.#tables.get(table)?.keys
    if (own?.has(entry)) return own.get(entry)
    return this.#below === undefined ? undefined : this.#below.#owner(table, entry)
  }

  /** Undefined takes an entry out of the lowest layer, and in any other hides it from the layer below. */
  #write<Value>(entries: Map<string, Value | undefined>, key: string, value: Value | undefined): void {
    if (value === undefined && this.#below === undefined) entries.delete(key)
    else entries.set(key, value)
  }

  #own(table: string): TableLayer {
    let own = this.#tables.get(table)
    if (own === undefined) {
      own = { rows: new Map(), keys: new Map() }
      this.#tables.set(table, own)
    }
    return own
  }
}

function* keyEntries(table: Table, row: StoredRow): Generator<string> {
  for (const key of Object.keys(table.unique)) {
    const entry = tuple(columnsOf(table, key), row)
    if (entry !== undefined) yield `${key}:${entry}`
  }
}

const columnsOf = (table: Table, key: string): readonly string[] =>
  key === 'primary' ? table.primaryKey : (table.unique[key] ?? [])

/** The values of a key as text; undefined when one is null, since null is distinct from null. */
function tuple(columns: readonly string[], row: Readonly<Record<string, StoredValue>>): string | undefined {
  const values = columns.map((name) => row[name] ?? null)
  return values.includes(null) ? undefined : JSON.stringify(values)
}
