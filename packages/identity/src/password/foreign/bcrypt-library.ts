/** The part of a bcrypt implementation that checking takes; `@node-rs/bcrypt` is one. Nothing new is hashed with it. */
export interface BcryptLibrary {
  /** Computes the hash that a text describes, off the event loop, and compares. */
  verify(password: string, hash: string): Promise<boolean>
}

/** Loads the native library, which costs nothing until the first bcrypt hash. */
export const loadNodeBcrypt = async (): Promise<BcryptLibrary> => await import('@node-rs/bcrypt')
