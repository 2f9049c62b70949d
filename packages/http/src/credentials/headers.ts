/** The part of `Headers` that is read: names in lower case, several values of a name joined, null for none. */
export interface ReadHeaders {
  get(name: string): string | null
}

/** The part of `Request` that guards read. */
export interface RequestHead {
  readonly method: string
  readonly headers: ReadHeaders
  /**
   * The address of the socket, by which wrong API keys are counted and which is noted of right ones; proxies are a matter of
   * `trustProxy`. Unknown ones are counted together.
   */
  readonly ip?: string | null | undefined
}
