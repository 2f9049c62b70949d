import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { CliError } from '../../cli-error.js'

/** How far an import is, kept in a file. */
export interface Checkpoint {
  /** Records that are done. */
  readonly records: number
  save(records: number): void
}

/** @throws CliError `usage` for a file that is no checkpoint. */
export function openCheckpoint(path: string): Checkpoint {
  return {
    records: read(path),
    save: (records) => {
      // A whole file at every moment, also when the machine stops now.
      writeFileSync(`${path}.new`, `${JSON.stringify({ records })}\n`)
      renameSync(`${path}.new`, path)
    },
  }
}

function read(path: string): number {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 0
    throw new CliError('usage', `--checkpoint: ${path} cannot be read`, { cause })
  }
  const [, records] = /^\{"records":(\d{1,15})\}\s*$/.exec(text) ?? []
  if (records !== undefined) return Number(records)
  throw new CliError('usage', `--checkpoint: ${path} is no checkpoint of an import`)
}
