/** What apps of Cardea are built with here. */
export type CardeaFramework = 'hono' | 'express' | 'next'

/** What a server is started with. */
export type ServerOrder =
  | {
      readonly library: 'cardea'
      /** The path of a file, or the URL of a server. */
      readonly file: string
      readonly mode: 'strict' | 'stateless'
      /** Default `hono`. */
      readonly framework?: CardeaFramework
    }
  | {
      readonly library: 'better-auth'
      readonly file: string
      readonly hasher: 'scrypt' | 'argon2'
      readonly cookieCache: boolean
    }

/** What it says once it listens. */
export interface ServerReady {
  readonly port: number
}

/** What it can be asked while it runs; it answers each with a {@link ServerUsage}. */
export type ServerQuestion =
  | 'usage'
  /** The same, once garbage is collected. */
  | 'memory'
  /** Begin to sample what the main thread does. */
  | 'start-profile'
  /** Stop sampling, and write a `.cpuprofile`. */
  | { readonly profileTo: string }

/** What it says whenever it is asked: how much it has used of processors, in microseconds, and how much memory it has. */
export interface ServerUsage {
  readonly cpuMicroseconds: number
  /** Resident, in bytes. */
  readonly residentBytes: number
  /** Of the heap, what is in use, in bytes. */
  readonly heapBytes: number
}
