/** The part of an Argon2 implementation that the hasher needs; `@node-rs/argon2` is one. */
export interface Argon2Library {
  /**
   * Hashes with Argon2id, version 19, and a random salt of 16 bytes.
   *
   * @returns A PHC string.
   */
  hash(
    password: string,
    options: {
      /** KiB. */
      readonly memoryCost: number
      readonly timeCost: number
      readonly parallelism: number
      /** Bytes. */
      readonly outputLen: number
    },
  ): Promise<string>

  /** Computes the hash that a PHC string describes and compares; rejects when the string is not one. */
  verify(phc: string, password: string): Promise<boolean>
}

/** Loads the native library, which costs nothing until the first password. */
export const loadNodeArgon2 = async (): Promise<Argon2Library> => await import('@node-rs/argon2')
