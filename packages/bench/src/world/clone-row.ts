import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/** Values by column. */
export type Values = Readonly<Record<string, SQLInputValue>>

/**
 * Takes the only row that is there as the pattern for more: whatever columns the library that made it has.
 *
 * @returns Writes a copy with some values of its own.
 */
export function createRowCloner(database: DatabaseSync, table: string): (changes: Values) => void {
  const rows = database.prepare(`select * from "${table}"`).all()
  const [pattern] = rows
  if (pattern === undefined || rows.length !== 1) throw new Error(`${table} has ${rows.length} rows, not one`)
  const columns = Object.keys(pattern)
  const names = columns.map((name) => `"${name}"`).join(', ')
  const insert = database.prepare(`insert into "${table}" (${names}) values (${columns.map(() => '?').join(', ')})`)
  return (changes) => {
    const unknown = Object.keys(changes).find((name) => !columns.includes(name))
    if (unknown !== undefined) throw new Error(`${table} has no column ${unknown}`)
    insert.run(...columns.map((name) => changes[name] ?? pattern[name] ?? null))
  }
}

/** Runs work in one transaction, so that thousands of rows take no time. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('begin immediate')
  work()
  database.exec('commit')
  database.exec('analyze')
}
