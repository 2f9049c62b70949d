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
