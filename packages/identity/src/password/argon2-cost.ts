import { CardeaError } from '@cardea/core'
import type { Argon2Cost, Argon2Phc } from './phc.js'

/** Parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane. */
export const owaspCost: Argon2Cost = { memoryKibibytes: 19_456, iterations: 2, parallelism: 1 }

export const saltBytes = 16
export const outputBytes = 32

/**
 * The most that checking one stored hash may cost, so that a row with forged parameters cannot exhaust the machine:
 * 256 MiB, and 1 GiB passed over in all. Hashes that cost no more than today's parameters are always checked.
 */
const ceiling = { memoryKibibytes: 262_144, kibibytePasses: 1_048_576, parallelism: 16 }

export function isAffordable(stored: Argon2Phc, current: Argon2Cost): boolean {
  if (
    stored.memoryKibibytes <= current.memoryKibibytes &&
    stored.iterations <= current.iterations &&
    stored.parallelism <= current.parallelism
  ) {
    return true
  }
  return (
    stored.memoryKibibytes <= ceiling.memoryKibibytes &&
    stored.memoryKibibytes * stored.iterations <= ceiling.kibibytePasses &&
    stored.parallelism <= ceiling.parallelism
  )
}

export function isCurrent(stored: Argon2Phc, current: Argon2Cost): boolean {
  return (
    stored.variant === 'argon2id' &&
    stored.version === 19 &&
    stored.memoryKibibytes === current.memoryKibibytes &&
    stored.iterations === current.iterations &&
    stored.parallelism === current.parallelism &&
    stored.saltBytes >= saltBytes &&
    stored.outputBytes >= outputBytes
  )
}

/** How much a hash costs beside one with OWASP's parameters. */
export const relativeCost = (cost: Argon2Cost): number =>
  (cost.memoryKibibytes * cost.iterations) / (owaspCost.memoryKibibytes * owaspCost.iterations)

/** @throws CardeaError `configuration_invalid` for parameters out of range. */
export function resolveCost(options: Partial<Argon2Cost>): Argon2Cost {
  const parallelism = integerWithin('parallelism', options.parallelism ?? owaspCost.parallelism, 1, 255)
  return {
    parallelism,
    iterations: integerWithin('iterations', options.iterations ?? owaspCost.iterations, 1, 100),
    memoryKibibytes: integerWithin(
      'memoryKibibytes',
      options.memoryKibibytes ?? owaspCost.memoryKibibytes,
      8 * parallelism,
      4_194_304,
    ),
  }
}

/** @throws CardeaError `configuration_invalid`. */
export function integerWithin(name: string, value: number, smallest: number, largest: number): number {
  if (Number.isSafeInteger(value) && value >= smallest && value <= largest) return value
  throw new CardeaError(
    'configuration_invalid',
    `createPasswordHasher: ${name} must be a whole number from ${smallest} to ${largest}`,
  )
}
