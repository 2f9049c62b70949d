import { availableParallelism } from 'node:os'
import { CardeaError } from '@cardea/core'
import { secureRandom } from '@cardea/core/crypto'
import {
  integerWithin,
  isAffordable,
  isCurrent,
  outputBytes,
  relativeCost,
  resolveCost,
  saltBytes,
} from './argon2-cost.js'
import { type Argon2Library, loadNodeArgon2 } from './argon2-library.js'
import { defaultConcurrency } from './default-concurrency.js'
import { describeHash, type HashDescription } from './describe-hash.js'
import { type BcryptLibrary, loadNodeBcrypt } from './foreign/bcrypt-library.js'
import type { ForeignHash } from './foreign/foreign-hash.js'
import { normalizePassword } from './normalize-password.js'
import { parseArgon2Phc, toPhcBase64 } from './phc.js'
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
   * How many hashes run at once. Default: as many as there are cores, but one fewer than `UV_THREADPOOL_SIZE` (4 where it is
   * not set), so that files and DNS find a thread: 3 on 4 and more cores.
   */
  readonly concurrency?: number
  /**
   * How many wait beyond those; a caller who finds the queue full is refused. Default: what takes about 2 seconds, that
   * is 80 for each hash that runs at once (25 ms each), or fewer where a hash costs more.
   */
  readonly queueLimit?: number
  /** Where Argon2 comes from. Default `@node-rs/argon2`, loaded when the first password arrives. */
  readonly loadArgon2?: () => Promise<Argon2Library>
  /** Where bcrypt comes from. Default `@node-rs/bcrypt`, loaded when the first bcrypt hash is checked. */
  readonly loadBcrypt?: () => Promise<BcryptLibrary>
}

/** Whether a password belongs to a hash. */
export type PasswordVerification =
  | {
      readonly valid: true
      /**
       * Whether the hash is not what would be made today: other parameters, another algorithm, or a password that is not in
       * the normal form.
       */
      readonly needsRehash: boolean
    }
  | {
      readonly valid: false
      readonly needsRehash: false
      /**
       * For logs, never for the client. `unsupported_hash`: what is stored is no hash that is known here, or one whose
       * computation would cost too much. `unacceptable_password`: over 1,024 bytes or not well-formed.
       */
      readonly reason: 'mismatch' | 'unsupported_hash' | 'unacceptable_password'
    }

/** Hashes passwords with Argon2id, or scrypt where that cannot be loaded, and checks them against these and others' hashes. */
export interface PasswordHasher {
  /**
   * Hashes a password, in NFC.
   *
   * @returns A PHC string.
   * @throws CardeaError `weak_password` for one over 1,024 bytes or with a lone surrogate, before any work;
   * `unavailable` when too many passwords are waiting or hashing fails.
   */
  hash(password: string): Promise<string>

  /**
   * Checks a password against a stored hash. Where that is no use the same work is done in vain, so that the time tells
   * nothing. Hashes from elsewhere take their own time until they are replaced.
   *
   * @throws CardeaError `unavailable`, also for an Argon2 or bcrypt hash while its library cannot be loaded.
   */
  verify(stored: string, password: string): Promise<PasswordVerification>

  /**
   * Does the work of {@link PasswordHasher.verify} for an account that is not there.
   *
   * @throws CardeaError `unavailable`.
   */
  verifyNothing(password: string): Promise<void>

  /** Says what a hash from elsewhere is. @returns Undefined for one that {@link PasswordHasher.verify} does not support. */
  describe(hash: string): Promise<HashDescription | undefined>

  /**
   * Loads Argon2 ahead of the first password.
   *
   * @returns What new hashes are made with: `scrypt` where Argon2 cannot be loaded.
   */
  ready(): Promise<'argon2id' | 'scrypt'>
}

/** What a caller who finds the queue full is told: the time that a full queue takes by default. */
const retryAfterSeconds = 2
/** Of OWASP's Argon2id, each 25 ms on a busy core: 2 seconds. */
const waitingForEachRunning = 80
/** The scrypt that is used where Argon2 cannot be loaded takes as long as so many of those. */
const relativeCostOfScrypt = 20

/**
 * Builds a hasher. It keeps no password and loads nothing before the first one.
 *
 * @throws CardeaError `configuration_invalid` for parameters out of range.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const cost = resolveCost(options)
  const concurrency = integerWithin(
    'concurrency',
    options.concurrency ?? defaultConcurrency(availableParallelism(), process.env['UV_THREADPOOL_SIZE']),
    1,
    1_024,
  )
  const queueLimit =
    options.queueLimit === undefined ? undefined : integerWithin('queueLimit', options.queueLimit, 0, 1_000_000)
  const findArgon2 = remembered(options.loadArgon2 ?? loadNodeArgon2)
  const loadBcrypt = remembered(options.loadBcrypt ?? loadNodeBcrypt)
  let fallsBack = false
  const queue = createWorkQueue({
    concurrency,
    queueLimit: () =>
      queueLimit ?? defaultQueueLimit(concurrency, fallsBack ? relativeCostOfScrypt : relativeCost(cost)),
    retryAfterSeconds,
  })

  // As costly to check as a real hash and impossible to match, without a hash having been computed for it.
  const nobody = `$argon2id$v=19$m=${cost.memoryKibibytes},t=${cost.iterations},p=${cost.parallelism}$${toPhcBase64(secureRandom(saltBytes))}$${toPhcBase64(secureRandom(outputBytes))}`

  /** Undefined where it cannot be loaded, which is tried again each time. */
  const argon2OrNothing = async (): Promise<Argon2Library | undefined> => {
    const argon2 = await findArgon2().catch(() => undefined)
    fallsBack = argon2 === undefined
    return argon2
  }

  const work = <Result>(run: () => Promise<Result>): Promise<Result> =>
    queue.run(async () => {
      try {
        return await run()
      } catch (cause) {
        throw new CardeaError('unavailable', 'the password hasher failed', { retryAfterSeconds, cause })
      }
    })

  const workInVain = async (forms: readonly string[]): Promise<void> => {
    for (const form of forms) {
      await work(async () => {
        const argon2 = await argon2OrNothing()
        if (argon2 === undefined) await hashWithScrypt(form)
        else await argon2.verify(nobody, form)
      })
    }
  }

  const verifyArgon2 = (stored: string, form: string): Promise<boolean> =>
    work(async () => await (await findArgon2()).verify(stored, form))

  return {
    hash: async (password) => {
      const normalized = normalizePassword(password)
      if (!normalized.acceptable) {
        throw new CardeaError('weak_password', 'the password cannot be hashed', {
          issues: [describeProblem(normalized.problem, 'password')],
        })
      }
      return await work(async () => {
        const argon2 = await argon2OrNothing()
        if (argon2 === undefined) return await hashWithScrypt(normalized.password)
        return await argon2.hash(normalized.password, {
          memoryCost: cost.memoryKibibytes,
          timeCost: cost.iterations,
          parallelism: cost.parallelism,
          outputLen: outputBytes,
        })
      })
    },

    verify: async (stored, password) => {
      const normalized = normalizePassword(password)
      if (!normalized.acceptable) return refused('unacceptable_password')
      const { forms } = normalized
      const argon2 = parseArgon2Phc(stored)
      if (argon2 !== undefined && isAffordable(argon2, cost)) {
        return conclude(await matchesOf(forms, (form) => verifyArgon2(stored, form)), isCurrent(argon2, cost))
      }
      const foreign = argon2 === undefined ? await readForeign(stored, loadBcrypt) : undefined
      if (foreign === undefined) {
        await workInVain(forms)
        return refused('unsupported_hash')
      }
      const matches = await matchesOf(forms, (form) => work(() => foreign.verify(form)))
      return conclude(matches, foreign.isFallback && (await argon2OrNothing()) === undefined)
    },

    verifyNothing: async (password) => {
      const normalized = normalizePassword(password)
      if (normalized.acceptable) await workInVain(normalized.forms)
    },

    describe: (hash) => describeHash(hash, cost),

    ready: async () => ((await argon2OrNothing()) === undefined ? 'scrypt' : 'argon2id'),
  }
}

/** Loads once, however many ask at once; a failure is not remembered. */
function remembered<Library>(load: () => Promise<Library>): () => Promise<Library> {
  let loading: Promise<Library> | undefined
  return () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined
      throw cause
    })
    return loading
  }
}

async function readForeign(stored: string, loadBcrypt: () => Promise<BcryptLibrary>): Promise<ForeignHash | undefined> {
  try {
    const { readForeignHash } = await import('./foreign/read-foreign-hash.js')
    return readForeignHash(stored, loadBcrypt)
  } catch (cause) {
    throw new CardeaError('unavailable', 'the password hasher could not be loaded', { retryAfterSeconds, cause })
  }
}

async function hashWithScrypt(password: string): Promise<string> {
  const scrypt = await import('./foreign/read-foreign-hash.js')
  return await scrypt.hashWithScrypt(password, secureRandom)
}

/** Tries every form, one after the other, also after one that fits. */
async function matchesOf(
  forms: readonly string[],
  check: (form: string) => Promise<boolean>,
): Promise<readonly boolean[]> {
  const matches: boolean[] = []
  for (const form of forms) matches.push(await check(form))
  return matches
}

/** @param matches Of each form; the last is the one that is hashed today. */
function conclude(matches: readonly boolean[], current: boolean): PasswordVerification {
  if (!matches.includes(true)) return refused('mismatch')
  return { valid: true, needsRehash: !current || matches.at(-1) !== true }
}

function refused(reason: 'mismatch' | 'unsupported_hash' | 'unacceptable_password'): PasswordVerification {
  return { valid: false, needsRehash: false, reason }
}

function defaultQueueLimit(concurrency: number, relative: number): number {
  // A cheaper hash does not lengthen the queue: its fixed costs would then exceed the two seconds.
  return Math.max(1, Math.floor((concurrency * waitingForEachRunning) / Math.max(1, relative)))
}
