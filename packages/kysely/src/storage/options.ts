import { CardeaError } from '@cardea/core'
import { type Clock, systemClock } from '@cardea/core/crypto'
import type { StatementEvent } from '@cardea/storage'

/** What every adapter of this package can be told. */
export interface StorageOptions {
  /** Takes the place of `cardea_` in the names of Cardea's own tables: lower-case letters, digits, `_`. */
  readonly prefix?: string
  /** Takes the place of the database's clock, in milliseconds. For tests. */
  readonly clock?: Clock
  /** Hears of every statement that runs, without its values. */
  readonly log?: (event: StatementEvent) => void
  /**
   * How long one statement may take, from 100 to 60,000 milliseconds; then it is given up with `unavailable`. Migrations
   * have no such limit, and neither has SQLite on connections of its own, which answers at once. Default 1,500.
   */
  readonly statementTimeoutMilliseconds?: number
}

/** The options with their defaults. */
export interface CheckedOptions {
  readonly prefix: string | undefined
  readonly clock: Clock
  readonly ownClock: boolean
  readonly log: ((event: StatementEvent) => void) | undefined
  readonly statementTimeoutMilliseconds: number
}

/**
 * Checks the options.
 *
 * @param name Opens the message, such as `sqlite`.
 * @param known The names of all options of the adapter.
 * @throws CardeaError `configuration_invalid` that names the option, never its value.
 */
export function checkOptions(name: string, options: StorageOptions, known: readonly string[] = []): CheckedOptions {
  const allowed = new Set(['prefix', 'clock', 'log', 'statementTimeoutMilliseconds', ...known])
  for (const option of Object.keys(options))
    if (!allowed.has(option)) throw invalid(name, option, 'is not a known option')
  const { prefix, clock, log, statementTimeoutMilliseconds = 1_500 } = options
  for (const [option, value] of Object.entries({ clock, log })) {
    if (value !== undefined && typeof value !== 'function') throw invalid(name, option, 'must be a function')
  }
  checkRange(name, 'statementTimeoutMilliseconds', statementTimeoutMilliseconds, 100, 60_000)
  return { prefix, clock: clock ?? systemClock, ownClock: clock !== undefined, log, statementTimeoutMilliseconds }
}

/** @throws CardeaError `configuration_invalid` for anything but a whole number within the bounds. */
export function checkRange(name: string, option: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(name, option, `must be a whole number from ${least} to ${most}`)
}

export const invalid = (name: string, option: string, reason: string): CardeaError =>
  new CardeaError('configuration_invalid', `${name}: ${option} ${reason}`)
