import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError } from '../cli-error.js'

/** Where a configuration is looked for, the first that exists counts. */
const names = ['cardea.config.ts', 'cardea.config.mts', 'cardea.config.js', 'cardea.config.mjs'] as const

/**
 * The file that makes the instance; undefined where there is none.
 *
 * @param named What `--config` says.
 * @throws CliError `configuration_missing` when the named file does not exist.
 */
export function findConfig(folder: string, named: string | undefined): string | undefined {
  if (named !== undefined) {
    const path = resolve(folder, named)
    if (existsSync(path)) return path
    throw new CliError('configuration_missing', `--config: there is no file ${path}`)
  }
  return names.map((name) => resolve(folder, name)).find((path) => existsSync(path))
}
