import { constantTimeEqual, type DerivedKey, hmacSha256, type Keyring } from '@cardea/core/crypto'

const codeOf = (key: DerivedKey): string => hmacSha256(key.bytes, 'first admin').slice(0, 24)

/**
 * The code that makes a registration the first admin (144 bits). It comes from the secret, so every node shows the same
 * one and none is stored; it is worth nothing as soon as an admin exists.
 */
export const currentSetupCode = (keyring: Keyring): string => codeOf(keyring.current('setup-code'))

/** Whether a code belongs to any of the root secrets. */
export const isSetupCode = (keyring: Keyring, code: string): boolean =>
  keyring.all('setup-code').some((key) => constantTimeEqual(codeOf(key), code))
