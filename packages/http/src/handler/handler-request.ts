import type { ReadHeaders } from '../credentials/headers.js'

/** The part of a stream's reader that is used. */
export interface BodyReader {
  /** The next part; none at the end. */
  read(): Promise<{ readonly value?: Uint8Array | undefined }>
  /** Says that nothing more is wanted. */
  cancel(): Promise<unknown>
}

/** The part of `Request` that the handler reads, so that an adapter need not make a whole one of what its framework has. */
export interface HandlerRequest {
  readonly method: string
  /** Absolute; of its origin nothing is read. */
  readonly url: string
  readonly headers: ReadHeaders
  /** Read once at most, and only where the route and who asks for it say so; null where there is none. */
  readonly body: { getReader(): BodyReader } | null
  readonly bodyUsed: boolean
}
