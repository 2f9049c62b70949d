import { CardeaError, type ErrorIssue, matches } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import { credentials, type StorageOperations } from '@cardea/storage'
import type { PasswordHasher } from './hasher.js'
import { closeHash, openHash, type PasswordPepper } from './pepper.js'
import {
  assertPasswordPolicy,
  checkPassword,
  defaultPasswordPolicy,
  type PasswordContext,
  type PasswordPolicy,
} from './policy.js'

export interface PasswordsDeps {
  readonly clock: Clock
  readonly hasher: PasswordHasher
  /** What differs from {@link defaultPasswordPolicy}. */
  readonly policy?: Partial<PasswordPolicy>
  /** Whether common passwords are refused. Default true. */
  readonly blocklist?: boolean
  /** Where the list of common passwords comes from. Default the one of this package, loaded with the first new password. */
  readonly loadCommonPasswords?: () => Promise<{ readonly isCommonPassword: (password: string) => boolean }>
  /** Encrypts stored hashes with a key outside the database; none by default. */
  readonly pepper?: PasswordPepper
  /** Told when a hash was sealed with a key that is no longer there, once for each time that it was needed. */
  readonly onMissingKey?: (missing: { readonly principalId: string; readonly keyId: string }) => void
}

/** A password hash as it was read. */
export interface StoredPassword {
  readonly principalId: string
  readonly hash: string
}

/** What a new password is judged by. */
export interface PasswordRules extends PasswordContext {
  /** What differs from the policy that the service was made with, such as a collection's own. */
  readonly policy?: Partial<PasswordPolicy>
  /** The password that it replaces, where it was given with it: the same one is no change. */
  readonly previous?: string
}

/** Whether somebody knows the password of an account. */
export type PasswordProof =
  | { readonly proved: true; readonly needsRehash: boolean }
  | {
      readonly proved: false
      readonly needsRehash: false
      /** For logs, never for the client. */
      readonly reason: 'no_credential' | 'mismatch' | 'unsupported_hash' | 'unacceptable_password'
    }

/** Passwords of principals: setting, checking, renewing their hashes. */
export interface Passwords {
  /**
   * Checks a new password by the policy, the words around the account and the list of common ones, then hashes it. Hashing
   * is slow, so this comes before any transaction.
   *
   * @throws CardeaError `weak_password` before hashing, with every reason as an issue: `too_short`, `needs_upper`,
   * `needs_number`, `needs_special`, `contains_context`, `too_common`, `same_as_before`, or `too_long` or `not_well_formed`
   * alone; `unavailable`, also when the list cannot be loaded; `configuration_invalid` for a policy out of range.
   */
  prepare(password: string, rules?: PasswordRules): Promise<{ readonly hash: string }>

  /**
   * Checks that a hash from elsewhere is one that can be verified here, see {@link PasswordHasher.describe}.
   *
   * @param path What the issue names as its place. Default `hash`.
   * @throws CardeaError `invalid_request` with the issue `unsupported_hash`.
   */
  prepareImported(hash: string, path?: string): Promise<{ readonly hash: string }>

  /** Sets a principal's password hash. Whoever changes a password bumps the epoch in the same transaction. */
  write(transaction: StorageOperations, principalId: string, hash: string): Promise<void>

  /**
   * Checks a password against what was read for the account. With no candidate the same work is done in vain.
   *
   * @throws CardeaError `unavailable`, also when the key is missing that the hash was sealed with: that is no wrong password
   * and is not to be counted as one.
   */
  prove(candidate: StoredPassword | null | undefined, password: string): Promise<PasswordProof>

  /**
   * Replaces an outdated hash of a password that was just proved, and seals it as is done today. What was stored is the
   * condition of the change, so a password that was changed meanwhile always survives.
   *
   * @returns Whether the hash was replaced.
   * @throws CardeaError `unavailable`.
   */
  rehash(storage: StorageOperations, principalId: string, oldHash: string, password: string): Promise<boolean>

  /**
   * The hash of a password as it was made, whether it is sealed or not: for an export, never for a route.
   *
   * @throws CardeaError `unavailable` when the key is missing that it was sealed with, or it was changed.
   */
  reveal(stored: StoredPassword): string

  /** Loads the hasher ahead of the first password. @returns What new hashes are made with. */
  ready(): Promise<'argon2id' | 'scrypt'>
}

/** @throws CardeaError `configuration_invalid` for a policy out of range. */
export function createPasswords(deps: PasswordsDeps): Passwords {
  const { clock, hasher, pepper } = deps
  const usual = Object.freeze(withChanges(defaultPasswordPolicy, deps.policy))
  const loadCommonPasswords = deps.loadCommonPasswords ?? (() => import('./common/common-passwords.js'))
  assertPasswordPolicy(usual)

  const isCommon = async (password: string): Promise<boolean> => {
    if (deps.blocklist === false) return false
    try {
      return (await loadCommonPasswords()).isCommonPassword(password)
    } catch (cause) {
      throw new CardeaError('unavailable', 'the list of common passwords could not be loaded', { cause })
    }
  }

  const judge = async (password: string, rules: PasswordRules): Promise<readonly ErrorIssue[]> => {
    const policy = withChanges(usual, rules.policy)
    assertPasswordPolicy(policy)
    const { path = 'password', previous } = rules
    const issues = checkPassword(policy, password, rules)
    if (issues.some(({ code }) => code === 'too_long' || code === 'not_well_formed')) return issues
    return [
      ...issues,
      ...((await isCommon(password)) ? [{ path, code: 'too_common', message: 'is too common' }] : []),
      ...(previous !== undefined && previous.normalize('NFC') === password.normalize('NFC')
        ? [{ path, code: 'same_as_before', message: 'must differ from the current password' }]
        : []),
    ]
  }

  return {
    prepare: async (password, rules = {}) => {
      const issues = await judge(password, rules)
      if (issues.length > 0) throw new CardeaError('weak_password', 'the password is not acceptable', { issues })
      return { hash: await hasher.hash(password) }
    },

    prepareImported: async (hash, path = 'hash') => {
      const description = await hasher.describe(hash)
      if (description !== undefined) return { hash: description.stored }
      throw new CardeaError('invalid_request', 'the password hash cannot be used', {
        issues: [{ path, code: 'unsupported_hash', message: 'is no password hash that is supported' }],
      })
    },

    write: async (transaction, principalId, hash) => {
      const changedAt = clock()
      const stored = closeHash(pepper, principalId, hash)
      await transaction.insert(
        credentials,
        { principal_id: principalId, hash: stored, changed_at: changedAt },
        { onConflict: { key: 'primary', do: { set: { hash: stored, changed_at: changedAt } } } },
      )
    },

    prove: async (candidate, password) => {
      if (candidate === undefined || candidate === null) {
        await hasher.verifyNothing(password)
        return { proved: false, needsRehash: false, reason: 'no_credential' }
      }
      const { principalId } = candidate
      const opened = openHash(pepper, principalId, candidate.hash)
      if (opened.status === 'missing_key') {
        deps.onMissingKey?.({ principalId, keyId: opened.keyId })
        throw new CardeaError('unavailable', 'the key that the stored password is sealed with is missing')
      }
      if (opened.status === 'damaged') {
        await hasher.verifyNothing(password)
        return { proved: false, needsRehash: false, reason: 'unsupported_hash' }
      }
      const result = await hasher.verify(opened.hash, password)
      return result.valid
        ? { proved: true, needsRehash: result.needsRehash || !opened.isCurrent }
        : { proved: false, needsRehash: false, reason: result.reason }
    },

    rehash: async (storage, principalId, oldHash, password) => {
      const hash = closeHash(pepper, principalId, await hasher.hash(password))
      // `changed_at` stays: the password is the same.
      const changed = await storage.update(credentials, {
        where: matches({ principal_id: principalId, hash: oldHash }),
        set: { hash },
      })
      return changed === 1
    },

    reveal: ({ principalId, hash }) => {
      const opened = openHash(pepper, principalId, hash)
      if (opened.status === 'readable') return opened.hash
      throw new CardeaError('unavailable', 'a stored password hash could not be opened')
    },

    ready: () => hasher.ready(),
  }
}

function withChanges(policy: PasswordPolicy, changes: Partial<PasswordPolicy> = {}): PasswordPolicy {
  return {
    minLength: changes.minLength ?? policy.minLength,
    maxBytes: changes.maxBytes ?? policy.maxBytes,
    requireUpper: changes.requireUpper ?? policy.requireUpper,
    requireNumber: changes.requireNumber ?? policy.requireNumber,
    requireSpecial: changes.requireSpecial ?? policy.requireSpecial,
  }
}
