import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CardeaError } from '@cardea/core'
import type { Finding, StorageExamination } from '@cardea/storage'
import type { SqlSession } from '../driver/sql-driver.js'

/**
 * Looks at the settings of SQLite and at the file.
 *
 * @param path The file that would be opened, where it is known: it is not to be made by looking.
 */
export async function examineSqlite(session: SqlSession, path: string | undefined): Promise<StorageExamination> {
  if (path !== undefined && !existsSync(path)) {
    const folder = dirname(path)
    if (!existsSync(folder)) {
      throw new CardeaError(
        'configuration_invalid',
        `sqlite: the folder ${folder} of ${path} is missing: make it first`,
      )
    }
    throw new CardeaError('schema_outdated', `sqlite: there is no file ${path} yet: migrate makes it`)
  }
  const read = async (sql: string): Promise<unknown> => (await session.readOne({ sql }, []))?.[0]
  const version = String(await read('select sqlite_version() as c0'))
  const journal = String(await read('pragma journal_mode'))
  const foreignKeys = Number(await read('pragma foreign_keys'))
  const file = await read("select file as c0 from pragma_database_list where name = 'main'")
  const isFile = typeof file === 'string' && file !== ''
  return {
    version: `SQLite ${version}`,
    place: isFile ? `file ${file}` : undefined,
    now: undefined,
    findings: [foreignKeysFinding(foreignKeys), ...(isFile ? [journalFinding(journal), ...filesOf(file)] : [inMemory])],
  }
}

function foreignKeysFinding(value: number): Finding {
  const name = 'foreign keys'
  if (value === 1) return { name, status: 'ok', message: 'they are enforced' }
  return { name, status: 'problem', message: 'they are off', advice: 'set pragma foreign_keys = on on each connection' }
}

function journalFinding(mode: string): Finding {
  const name = 'journal mode'
  if (mode === 'wal') return { name, status: 'ok', message: 'it is WAL: reads go on while somebody writes' }
  return {
    name,
    status: 'warning',
    message: `it is ${mode}: whoever writes keeps all readers waiting`,
    advice: 'set pragma journal_mode = wal; file systems over a network do not take it',
  }
}

const inMemory: Finding = {
  name: 'durability',
  status: 'warning',
  message: 'the database is in memory and ends with the process',
  advice: 'name a file',
}

/** Beside the file stands its log, so the folder must be writable, too. */
function filesOf(file: string): readonly Finding[] {
  const name = 'file permissions'
  const closed = [file, dirname(file)].find((path) => !isWritable(path))
  if (closed !== undefined) {
    return [
      { name, status: 'problem', message: `${closed} cannot be written`, advice: 'let the user of the app write it' },
    ]
  }
  // Windows keeps its permissions elsewhere.
  const mode = process.platform === 'win32' ? 0 : statSync(file).mode
  const advice = `chmod o-rwx ${file}`
  if ((mode & constants.S_IWOTH) !== 0) {
    return [{ name, status: 'problem', message: `every user of this machine can change ${file}`, advice }]
  }
  if ((mode & constants.S_IROTH) !== 0) {
    const message = `every user of this machine who gets at its folder can read ${file}, hashes of passwords included`
    return [{ name, status: 'warning', message, advice }]
  }
  return [{ name, status: 'ok', message: 'the file is writable, and closed to other users' }]
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
