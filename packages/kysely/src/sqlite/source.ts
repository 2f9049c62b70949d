import { closeSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { CardeaError } from '@cardea/core'
import { type BetterDatabase, openLike, wrapBetterSqlite3 } from './better-sqlite3.js'
import type { NativeDatabase } from './native.js'
import { openNodeSqlite, wrapNodeSqlite } from './node-sqlite.js'

/**
 * A database of `node:sqlite` or of better-sqlite3.
 *
 * Only its file is taken from it: Cardea opens connections of its own, since statements that the app runs on its handle
 * would fall into whatever transaction Cardea has open. A database in memory has no file and is shared.
 */
export interface SqliteHandle {
  prepare(sql: string): unknown
  exec(sql: string): unknown
  close(): unknown
}

/** Where connections come from. */
export interface SqliteSource {
  /** Whether there can be one connection only: the database lives in its memory. */
  readonly single: boolean
  /** Whether the connections are ours to close. */
  readonly owned: boolean
  open(): NativeDatabase
}

/** @throws CardeaError `configuration_invalid` for anything but a path or a handle. */
export function toSqliteSource(source: unknown): SqliteSource {
  if (typeof source === 'string') {
    if (source === '') throw invalid('an empty path')
    const file = fileOf(source)
    const open = (): NativeDatabase => {
      if (file !== undefined) createClosed(file)
      return openNodeSqlite(source)
    }
    return { single: isMemoryLocation(source), owned: true, open }
  }
  if (isNodeSqlite(source)) return fromHandle(locationOf(source), () => wrapNodeSqlite(source), openNodeSqlite)
  if (isBetterSqlite3(source)) {
    const location = source.memory || source.name === '' ? null : source.name
    return fromHandle(
      location,
      () => wrapBetterSqlite3(source),
      (path) => openLike(source, path),
    )
  }
  throw invalid('something else')
}

/**
 * Makes the file where there is none, closed to other users of the machine: SQLite would let all of them read it, and gives
 * its log the permissions of the file. One that is there is not touched, since to close it would end the locks on it.
 */
function createClosed(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o660))
  } catch {
    // It is there, or cannot be made, which opening it says in words of its own.
  }
}

/** The file of a path, to ask whether it is there before it is opened; undefined for memory, URIs and handles. */
export function fileOf(source: unknown): string | undefined {
  return typeof source === 'string' && !isMemoryLocation(source) && !source.startsWith('file:') ? source : undefined
}

function fromHandle(
  location: string | null,
  share: () => NativeDatabase,
  open: (location: string) => NativeDatabase,
): SqliteSource {
  if (location === null) return { single: true, owned: false, open: share }
  return { single: false, owned: true, open: () => open(location) }
}

function locationOf(database: DatabaseSync): string | null {
  try {
    return database.location()
  } catch {
    throw invalid('a database that is closed')
  }
}

const isMemoryLocation = (location: string): boolean =>
  location === ':memory:' || location.startsWith('file::memory:') || /^file:.*[?&]mode=memory\b/.test(location)

function isNodeSqlite(handle: unknown): handle is DatabaseSync {
  return isObject(handle) && 'isTransaction' in handle && 'location' in handle
}

function isBetterSqlite3(handle: unknown): handle is BetterDatabase {
  return isObject(handle) && 'inTransaction' in handle && 'memory' in handle && 'name' in handle
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const invalid = (found: string): CardeaError =>
  new CardeaError(
    'configuration_invalid',
    `sqlite: takes a path, a node:sqlite or better-sqlite3 database or a Kysely instance, got ${found}`,
  )
