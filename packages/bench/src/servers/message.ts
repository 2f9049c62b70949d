/** What a server is started with. */
export type ServerOrder =
  | { readonly library: 'cardea'; readonly file: string; readonly mode: 'strict' | 'stateless' }
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

/** What it says whenever it is asked: how much time of processors it has used, in microseconds. */
export interface ServerUsage {
  readonly cpuMicroseconds: number
}
