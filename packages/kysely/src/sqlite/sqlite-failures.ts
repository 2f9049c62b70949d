import type { Failure } from '../dialect/failure.js'

/** The result codes that mean something here. */
const codes: Readonly<Record<string, number>> = {
  SQLITE_ERROR: 1,
  SQLITE_PERM: 3,
  SQLITE_BUSY: 5,
  SQLITE_LOCKED: 6,
  SQLITE_NOMEM: 7,
  SQLITE_READONLY: 8,
  SQLITE_INTERRUPT: 9,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_PROTOCOL: 15,
  SQLITE_CONSTRAINT: 19,
  SQLITE_NOTADB: 26,
}

const unavailableCodes: ReadonlySet<number> = new Set([3, 7, 8, 9, 10, 11, 13, 14, 15, 26])

/**
 * What an error of SQLite means, whichever driver gave it: `node:sqlite` has a number in `errcode`, better-sqlite3 and
 * others a name in `code`.
 *
 * @see https://www.sqlite.org/rescode.html
 */
export function sqliteFailureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'unknown' }
  const code = primaryCodeOf(error)
  if (code === 5 || code === 6) return { kind: 'transaction_conflict' }
  if (code !== undefined && unavailableCodes.has(code)) return { kind: 'unavailable' }
  // Of a column of integers that is the key, or of a STRICT table.
  if (code === 20) return { kind: 'misfit' }
  if (code === 19) return constraintFailureOf(error.message)
  if (/no such (table|column)|has no column named/.test(error.message)) return { kind: 'schema_outdated' }
  if (/not open|has already been destroyed/.test(error.message)) return { kind: 'unavailable' }
  return { kind: 'unknown' }
}

/** Whether another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = primaryCodeOf(error)
  return code === 5 || code === 6
}

function constraintFailureOf(message: string): Failure {
  if (message.includes('FOREIGN KEY constraint failed')) return { kind: 'foreign_key_violation' }
  const misfit =
    /(?:^|: )(?:NOT NULL|CHECK) constraint failed: (?:(\w+)\.(\w+)$)?|cannot store \w+ value in \w+ column (\w+)\.(\w+)$/.exec(
      message,
    )
  if (misfit !== null) return { kind: 'misfit', column: misfit[2] ?? misfit[4] }
  const unique = /UNIQUE constraint failed: (.+)$/.exec(message)?.[1]
  if (unique === undefined) return { kind: 'unknown' }
  const index = /^index '(.+)'$/.exec(unique)?.[1]
  if (index !== undefined) return { kind: 'unique_violation', index }
  const places = unique.split(', ').map((place) => place.split('.'))
  return { kind: 'unique_violation', table: places[0]?.[0], columns: places.map(([, column]) => column ?? '') }
}

function primaryCodeOf(error: Error & { readonly errcode?: unknown; readonly code?: unknown }): number | undefined {
  // The lower byte of an extended code is the primary one.
  if (typeof error.errcode === 'number') return error.errcode & 0xff
  const { code } = error
  if (typeof code !== 'string') return undefined
  const known = Object.keys(codes).find((name) => code === name || code.startsWith(`${name}_`))
  return known === undefined ? undefined : codes[known]
}
