import { CardeaError } from '@cardea/core'
import type { MigrateOptions } from './migration.js'

/** The longest patience that every database takes as a limit of its own: 32 bits with a sign, about 24 days. */
const longestPatienceMilliseconds = 2_147_483_647

const known: ReadonlySet<string> = new Set(['dryRun', 'patienceMilliseconds', 'exact', 'drop'])

/**
 * Checks the options of `migrate`: what is meant to be a dry run must not change anything because of a slip, and the
 * other way round.
 *
 * @throws CardeaError `configuration_invalid` that names the option, never its value.
 */
export function checkMigrateOptions(options: MigrateOptions = {}): MigrateOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options must be an object')
  const unknown = Object.keys(options).find((option) => !known.has(option))
  if (unknown !== undefined) throw invalid(`${unknown} is not a known option`)
  const { dryRun, patienceMilliseconds: patience, exact, drop } = options
  if (dryRun !== undefined && typeof dryRun !== 'boolean') throw invalid('dryRun must be true or false')
  if (exact !== undefined && typeof exact !== 'boolean') throw invalid('exact must be true or false')
  if (drop !== undefined && !Array.isArray(drop)) throw invalid('drop must be a list of tables')
  if (patience !== undefined && !isPatience(patience)) {
    throw invalid(`patienceMilliseconds must be a whole number from 1 to ${longestPatienceMilliseconds}`)
  }
  return options
}

const isPatience = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= longestPatienceMilliseconds

const invalid = (reason: string): CardeaError => new CardeaError('configuration_invalid', `migrate: ${reason}`)
