/** A hash that was not made with Argon2: brought from elsewhere, or made while Argon2 could not be loaded. */
export interface ForeignHash {
  readonly algorithm: 'bcrypt' | 'scrypt' | 'pbkdf2'
  /** The hash as it is kept: a text that says itself what it is. */
  readonly stored: string
  /** Whether it is what is made today where Argon2 cannot be loaded. */
  readonly isFallback: boolean
  /** Computes and compares, off the event loop. Rejects where the machine cannot, never for a wrong password. */
  readonly verify: (password: string) => Promise<boolean>
}
