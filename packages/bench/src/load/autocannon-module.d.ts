/** The part of autocannon that is used; it brings no types. */
declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly average: number; readonly total: number }
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
  }
  const autocannon: (options: object) => Promise<Result>
  export = autocannon
}
