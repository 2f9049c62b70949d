/** What both libraries are told alike. */

export const baseUrl = 'https://bench.example'
export const secret = 'a secret for benchmarks: 5d1e0c7a92b84f36'
export const password = 'correct horse battery staple'

/** Argon2id as Cardea has it by default, for the raw hasher and for the other library alike. */
export const argon2Cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** Of viewers: one permission that they hold, and one that they do not. */
export const held = 'content:read'
export const notHeld = 'content:delete'

/** What Cardea sets on the connections that it opens; the other library gets the same. */
export const pragmas = [
  'pragma busy_timeout = 20',
  'pragma foreign_keys = on',
  'pragma cache_size = -32000',
  'pragma journal_mode = wal',
  'pragma synchronous = normal',
]

export const userEmail = (number: number): string => `user${number}@bench.example`
