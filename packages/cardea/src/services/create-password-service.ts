import type { Clock, Keyring, RandomBytes } from '@cardea/core/crypto'
import { createPasswordHasher, createPasswords, type PasswordPolicy, type Passwords } from '@cardea/identity'
import type { Logger } from '../options/logger.js'
import type { PasswordOptions } from '../options/options.js'

/** What every password has to be like where its collection says nothing else. */
export function usualPasswordPolicy(options: PasswordOptions = {}): Partial<PasswordPolicy> {
  const { minLength, requireUpper, requireNumber, requireSpecial } = options
  return {
    ...(minLength === undefined ? {} : { minLength }),
    ...(requireUpper === undefined ? {} : { requireUpper }),
    ...(requireNumber === undefined ? {} : { requireNumber }),
    ...(requireSpecial === undefined ? {} : { requireSpecial }),
  }
}

/** Builds the password service of an instance. Loads nothing, and derives no key before one is needed. */
export function createPasswordService(
  options: PasswordOptions = {},
  deps: { readonly clock: Clock; readonly random: RandomBytes; readonly keyring: Keyring; readonly logger: Logger },
): Passwords {
  const { memoryKibibytes, iterations, concurrency, blocklist = true, pepper = false } = options
  const { clock, random, keyring, logger } = deps
  return createPasswords({
    clock,
    hasher: createPasswordHasher({
      ...(memoryKibibytes === undefined ? {} : { memoryKibibytes }),
      ...(iterations === undefined ? {} : { iterations }),
      ...(concurrency === undefined ? {} : { concurrency }),
    }),
    policy: usualPasswordPolicy(options),
    blocklist,
    pepper: { keyring, random, enabled: pepper },
    onMissingKey: ({ principalId, keyId }) => {
      logger.error(
        'A stored password is sealed with a key that is missing: list the root secret that it came from in `secret`.',
        { principalId, keyId },
      )
    },
  })
}
