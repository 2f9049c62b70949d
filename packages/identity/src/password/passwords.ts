import { CardeaError, matches } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import { credentials, type StorageOperations } from '@cardea/storage'
import type { PasswordHasher } from './hasher.js'
import { assertPasswordPolicy, checkPassword, defaultPasswordPolicy, type PasswordPolicy } from './policy.js'

export interface PasswordsDeps {
  readonly clock: Clock
  readonly hasher: PasswordHasher
  /** Default {@link defaultPasswordPolicy}. */
  readonly policy?: PasswordPolicy
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
   * Checks a new password by the policy, then hashes it. Hashing is slow, so this comes before any transaction.
   *
   * @param path What issues name as their place. Default `password`.
   * @throws CardeaError `weak_password` with its issues, before hashing; `unavailable`.
   */
  prepare(password: string, path?: string): Promise<{ readonly hash: string }>

  /** Sets a principal's password hash. Whoever changes a password bumps the epoch in the same transaction. */
  write(transaction: StorageOperations, principalId: string, hash: string): Promise<void>

  /**
   * Checks a password against what was read for the account. With no candidate the same work is done in vain.
   *
   * @throws CardeaError `unavailable`.
   */
  prove(candidate: { readonly hash: string } | null | undefined, password: string): Promise<PasswordProof>

  /**
   * Replaces an outdated hash of a password that was just proved. The old hash is the condition of the change, so a
   * password that was changed meanwhile always survives.
   *
   * @returns Whether the hash was replaced.
   * @throws CardeaError `unavailable`.
   */
  rehash(storage: StorageOperations, principalId: string, oldHash: string, password: string): Promise<boolean>
}

/** @throws CardeaError `configuration_invalid` for a policy out of range. */
export function createPasswords(deps: PasswordsDeps): Passwords {
  const { clock, hasher } = deps
  const policy = Object.freeze({ ...(deps.policy ?? defaultPasswordPolicy) })
  assertPasswordPolicy(policy)

  return {
    prepare: async (password, path = 'password') => {
      const issues = checkPassword(policy, password, { path })
      if (issues.length > 0) throw new CardeaError('weak_password', 'the password is not acceptable', { issues })
      return { hash: await hasher.hash(password) }
    },

    write: async (transaction, principalId, hash) => {
      const changedAt = clock()
      await transaction.insert(
        credentials,
        { principal_id: principalId, hash, changed_at: changedAt },
        { onConflict: { key: 'primary', do: { set: { hash, changed_at: changedAt } } } },
      )
    },

    prove: async (candidate, password) => {
      if (candidate === undefined || candidate === null) {
        await hasher.verifyNothing(password)
        return { proved: false, needsRehash: false, reason: 'no_credential' }
      }
      const result = await hasher.verify(candidate.hash, password)
      return result.valid
        ? { proved: true, needsRehash: result.needsRehash }
        : { proved: false, needsRehash: false, reason: result.reason }
    },

    rehash: async (storage, principalId, oldHash, password) => {
      const hash = await hasher.hash(password)
      // `changed_at` stays: the password is the same.
      const changed = await storage.update(credentials, {
        where: matches({ principal_id: principalId, hash: oldHash }),
        set: { hash },
      })
      return changed === 1
    },
  }
}
