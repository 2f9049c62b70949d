import type { Problem } from '@cardea/http/contract'

/**
 * What went wrong: a code of the server ([docs/errors.md](https://github.com/cardea-auth/cardea/blob/main/docs/errors.md)), or
 * `network_error` where no answer came, `timeout` where none came in time, `unexpected_answer` for one that is not
 * Cardea's, as of a proxy, and `storage_failed` where tokens could not be read or kept.
 */
export type ClientErrorCode = Problem['code'] | 'network_error' | 'timeout' | 'unexpected_answer' | 'storage_failed'

/** What is wrong with one place of what was sent. */
export type ClientErrorIssue = NonNullable<Problem['errors']>[number]

const brand = Symbol.for('cardea.client-error')

/** The one error of the client. Recognise it with {@link isClientError}, also where the package is installed twice. */
export class CardeaClientError extends Error {
  override readonly name = 'CardeaClientError'
  readonly code: ClientErrorCode
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number
  /** The places of the input that are wrong; empty for other errors. */
  readonly issues: readonly ClientErrorIssue[]
  /** Seconds after which trying again makes sense; undefined where it does not, or nobody knows. */
  readonly retryAfterSeconds: number | undefined
  /** By which the server's log names the request. */
  readonly requestId: string | undefined

  constructor(
    code: ClientErrorCode,
    message: string,
    details: {
      readonly status?: number
      readonly issues?: readonly ClientErrorIssue[] | undefined
      readonly retryAfterSeconds?: number | undefined
      readonly requestId?: string | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status ?? 0
    this.issues = details.issues ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.requestId = details.requestId
    Object.defineProperty(this, brand, { value: true })
  }
}

/**
 * Whether something that was thrown is an error of the client, and one of these codes where some are named.
 *
 * ```ts
 * if (isClientError(error, 'invalid_credentials')) show('This is not your password.')
 * ```
 */
export function isClientError<Code extends ClientErrorCode = ClientErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is CardeaClientError & { readonly code: Code } {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false
  return codes.length === 0 || codes.some((code) => 'code' in error && error.code === code)
}
