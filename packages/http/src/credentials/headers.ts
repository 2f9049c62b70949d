/** The part of `Headers` that is read: names in lower case, several values of a name joined, null for none. */
export interface ReadHeaders {
  get(name: string): string | null
}

/** The part of `Request` that guards read. */
export interface RequestHead {
  readonly method: string
  readonly headers: ReadHeaders
  /** The address of the socket, for where API keys were used last; proxies are a matter of `trustProxy`. */
  readonly ip?: string | null | undefined
}
