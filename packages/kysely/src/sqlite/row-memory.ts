/** Rows of all statements together. About 5 MB of sessions. */
const maximumRows = 4_000

/** A version that was good for fewer rows than that was not worth asking for. */
const leastUses = 16

/** So many reads go by without asking, after a version that was not worth it. */
const pause = 512

type Rows = Map<string, object>

/**
 * Keeps rows for as long as nothing is committed. What has the same version as before, asked for before the row was read, is
 * current: a commit in between makes the next version another one.
 *
 * Where commits come faster than the same rows, it stands aside, so that asking for the version costs next to nothing.
 */
export class RowMemory {
  readonly #readVersion: () => number
  readonly #statements = new Map<string, Rows>()
  #version = Number.NaN
  #count = 0
  #uses = leastUses
  #pause = 0

  /** @param readVersion Changes with every commit that is not the reading connection's own. */
  constructor(readVersion: () => number) {
    this.#readVersion = readVersion
  }

  /** @param read Reads the row that a key stands for in a statement. */
  find<Row extends object>(statement: string, key: string, read: () => Row | undefined): Row | undefined {
    if (this.#pause > 0) {
      this.#pause -= 1
      return read()
    }
    const version = this.#readVersion()
    if (version !== this.#version) this.#start(version)
    const rows = this.#rowsOf(statement)
    // What was kept under a statement is what its reader gave.
    const known = rows.get(key) as Row | undefined
    if (known !== undefined) {
      this.#uses += 1
      return known
    }
    const row = read()
    if (row !== undefined) this.#keep(rows, key, row)
    return row
  }

  #start(version: number): void {
    this.#version = version
    if (this.#uses < leastUses) this.#pause = pause
    this.#uses = 0
    this.#clear()
  }

  #keep(rows: Rows, key: string, row: object): void {
    if (this.#count === maximumRows) this.#clear()
    rows.set(key, freeze(row))
    this.#count += 1
  }

  #clear(): void {
    for (const rows of this.#statements.values()) rows.clear()
    this.#count = 0
  }

  #rowsOf(statement: string): Rows {
    let rows = this.#statements.get(statement)
    if (rows === undefined) {
      rows = new Map()
      this.#statements.set(statement, rows)
    }
    return rows
  }
}

/** Many share the row: what one of them changed would be what the others see. */
function freeze<Row extends object>(row: Row): Row {
  for (const value of Object.values(row)) if (typeof value === 'object' && value !== null) freeze(value as object)
  return Object.freeze(row)
}
