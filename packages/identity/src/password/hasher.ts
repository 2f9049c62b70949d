import { availableParallelism } from 'node:os'
import { CardeaError } from '@cardea/core'
import { secureRandom } from '@cardea/core/crypto'
import { type Argon2Library, loadNodeArgon2 } from './argon2-library.js'
import { normalizePassword } from './normalize-password.js'
import { type Argon2Cost, type Argon2Phc, parseArgon2Phc, toPhcBase64 } from './phc.js'
import { describeProblem } from './policy.js'
import { createWorkQueue } from './work-queue.js'

/** What hashing a password costs, and how much of it happens at once. */
export interface PasswordHasherOptions {
  /** Memory of one hash in KiB, at least 8 for each lane. Default 19,456, one of the equal choices that OWASP gives. */
  readonly memoryKibibytes?: number
  /** Passes over the memory. Default 2. */
  readonly iterations?: number
  /** Lanes. Default 1. */
  readonly parallelism?: number
  /**
   * How many hashes run at once. Default: as many as there are cores. More would only make each slower and take the
   * threads that files and DNS need; on machines with more than 4 cores set `UV_THREADPOOL_SIZE` above this number.
   */
  readonly concurrency?: number
  /**
   * How many wait beyond those; a caller who finds the queue full is refused. Default: what takes about 2 seconds, that
   * is 80 for each hash that runs at once (25 ms each), or fewer where a hash costs more.
   */
  readonly queueLimit?: number
  /** Where Argon2 comes from. Default `@node-rs/argon2`, loaded when the first password arrives. */
  readonly loadArgon2?: () => Promise<Argon2Library>
}

/** Whether a password belongs to a hash. */
export type PasswordVerification =
  | {
      readonly valid: true
      /** Whether the hash was made with other parameters than today's. */
      readonly needsRehash: boolean
    }
  | {
      readonly valid: false
      readonly needsRehash: false
      /**
       * For logs, never for the client. `unsupported_hash`: what is stored is not an Argon2 PHC string, or one whose
       * computation would cost too much. `unacceptable_password`: over 1,024 bytes or not well-formed.
       */
      readonly reason: 'mismatch' | 'unsupported_hash' | 'unacceptable_password'
    }

/** Hashes and checks passwords with Argon2id. */
export interface PasswordHasher {
  /**
   * Hashes a password, in NFC.
   *
   * @returns A PHC string.
   * @throws CardeaError `weak_password` for one over 1,024 bytes or with a lone surrogate, before any work;
   * `unavailable` when too many passwords are waiting or Argon2 cannot be loaded.
   */
  hash(password: string): Promise<string>

  /**
   * Checks a password against a stored hash. Where that is no use the same work is done in vain, so that the time tells nothing.
   *
   * @throws CardeaError `unavailable`.
   */
  verify(phc: string, password: string): Promise<PasswordVerification>

  /**
   * Does the work of {@link PasswordHasher.verify} for an account that is not there.
   *
   * @throws CardeaError `unavailable`.
   */
  verifyNothing(password: string): Promise<void>

  /**
   * Loads Argon2 ahead of the first password.
   *
   * @throws CardeaError `unavailable`.
   */
  ready(): Promise<void>
}

/** Parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane. */
const owaspCost: Argon2Cost = { memoryKibibytes: 19_456, iterations: 2, parallelism: 1 }

const saltBytes = 16
const outputBytes = 32

/** What a caller who finds the queue full is told: the time that a full queue takes by default. */
const retryAfterSeconds = 2
/** Of {@link owaspCost}, each 25 ms on a busy core: 2 seconds. */
const waitingForEachRunning = 80

/**
 * The most that checking one stored hash may cost, so that a row with forged parameters cannot exhaust the machine:
 * 256 MiB, and 1 GiB passed over in all. Hashes that cost no more than today's parameters are always checked.
 */
const ceiling = { memoryKibibytes: 262_144, kibibytePasses: 1_048_576, parallelism: 16 }

/**
 * Builds a hasher. It keeps no password and loads nothing before the first one.
 *
 * @throws CardeaError `configuration_invalid` for parameters out of range.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const cost = resolveCost(options)
  const concurrency = integerWithin('concurrency', options.concurrency ?? availableParallelism(), 1, 1_024)
  const queueLimit = integerWithin(
    'queueLimit',
    options.queueLimit ?? defaultQueueLimit(concurrency, cost),
    0,
    1_000_000,
  )
  const queue = createWorkQueue({ concurrency, queueLimit, retryAfterSeconds })
  const loadArgon2 = options.loadArgon2 ?? loadNodeArgon2

  // As costly to check as a real hash and impossible to match, without a hash having been computed for it.
  const nobody = `$argon2id$v=19$m=${cost.memoryKibibytes},t=${cost.iterations},p=${cost.parallelism}$${toPhcBase64(secureRandom(saltBytes))}$${toPhcBase64(secureRandom(outputBytes))}`

  let loading: Promise<Argon2Library> | undefined
  const load = (): Promise<Argon2Library> => {
    loading ??= loadArgon2().catch((cause: unknown) => {
      loading = undefined
      throw failure('the password hasher could not be loaded', cause)
    })
    return loading
  }

  const work = <Result>(run: (argon2: Argon2Library) => Promise<Result>): Promise<Result> =>
    queue.run(async () => {
      const argon2 = await load()
      try {
        return await run(argon2)
      } catch (cause) {
        throw failure('the password hasher failed', cause)
      }
    })

  return {
    hash: async (password) => {
      const normalized = normalizePassword(password)
      if (!normalized.acceptable) {
        throw new CardeaError('weak_password', 'the password cannot be hashed', {
          issues: [describeProblem(normalized.problem, 'password')],
        })
      }
      return await work((argon2) =>
        argon2.hash(normalized.password, {
          memoryCost: cost.memoryKibibytes,
          timeCost: cost.iterations,
          parallelism: cost.parallelism,
          outputLen: outputBytes,
        }),
      )
    },

    verify: async (phc, password) => {
      const normalized = normalizePassword(password)
      if (!normalized.acceptable) return refused('unacceptable_password')
      const stored = parseArgon2Phc(phc)
      if (stored === undefined || !isAffordable(stored, cost)) {
        await work((argon2) => argon2.verify(nobody, normalized.password))
        return refused('unsupported_hash')
      }
      const valid = await work((argon2) => argon2.verify(phc, normalized.password))
      return valid ? { valid: true, needsRehash: !isCurrent(stored, cost) } : refused('mismatch')
    },

    verifyNothing: async (password) => {
      const normalized = normalizePassword(password)
      if (normalized.acceptable) await work((argon2) => argon2.verify(nobody, normalized.password))
    },

    ready: async () => {
      await load()
    },
  }
}

function refused(reason: 'mismatch' | 'unsupported_hash' | 'unacceptable_password'): PasswordVerification {
  return { valid: false, needsRehash: false, reason }
}

function failure(message: string, cause: unknown): CardeaError {
  return new CardeaError('unavailable', message, { retryAfterSeconds, cause })
}

function isAffordable(stored: Argon2Phc, current: Argon2Cost): boolean {
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

function isCurrent(stored: Argon2Phc, current: Argon2Cost): boolean {
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

function defaultQueueLimit(concurrency: number, cost: Argon2Cost): number {
  const relativeCost = (cost.memoryKibibytes * cost.iterations) / (owaspCost.memoryKibibytes * owaspCost.iterations)
  // A cheaper hash does not lengthen the queue: its fixed costs would then exceed the two seconds.
  return Math.max(1, Math.floor((concurrency * waitingForEachRunning) / Math.max(1, relativeCost)))
}

function resolveCost(options: PasswordHasherOptions): Argon2Cost {
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

function integerWithin(name: string, value: number, smallest: number, largest: number): number {
  if (Number.isSafeInteger(value) && value >= smallest && value <= largest) return value
  throw new CardeaError(
    'configuration_invalid',
    `createPasswordHasher: ${name} must be a whole number from ${smallest} to ${largest}`,
  )
}
