/** What a handler cannot read from the request. */
export interface HandlerContext {
  /** The address of the socket; proxies are a matter of `trustProxy`. Unknown ones share one rate limit. */
  readonly ip?: string | null
  /** The body, where a framework has read it before. */
  readonly parsedBody?: unknown
}
