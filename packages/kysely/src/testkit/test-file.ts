import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file of SQLite for one test. */
export interface TestFile {
  readonly path: string
  /** Removes it, and what SQLite keeps beside it. */
  remove(): void
}

/** Makes a folder of its own for a file, which is not there yet. */
export function createTestFile(): TestFile {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-sqlite-'))
  return { path: join(directory, 'test.db'), remove: () => rmSync(directory, { recursive: true }) }
}
