import type { ErrorCode } from './codes.js'

/** What is wrong with one place of an input. */
export interface ErrorIssue {
  /** Where, in dots and indices, such as `fields.0.name`; empty for the whole input. Never the value found there. */
  readonly path: string
  /** Why, as a stable snake_case name such as `required`, `unknown_field`, `too_short`. */
  readonly code: string
  /** The same for people. */
  readonly message: string
}

/** What is asked for after a first proof that is not enough. */
export interface MfaChallenge {
  /** Good for the second step alone, for ten minutes. A secret. */
  readonly token: string
  readonly expiresAt: number
  /** What may be presented: `totp`, `backup_code`. */
  readonly methods: readonly string[]
  /** Whether a second factor has to be set up first, because there is none and one is required. */
  readonly enrollmentRequired: boolean
}

/** What an error can say beside its code and message. */
export interface ErrorDetails {
  /** The places of the input that are wrong. */
  readonly issues?: readonly ErrorIssue[]
  /** Seconds after which trying again makes sense (`rate_limited`, `unavailable`). */
  readonly retryAfterSeconds?: number
  /** For `unique_violation`: the table and the key of the schema that was hit, when the database says it. */
  readonly constraint?: { readonly table: string; readonly key: string }
  /** For `mfa_required`: what the client goes on with. */
  readonly mfa?: MfaChallenge
  /** For `reauthentication_required`: nobody is known at all, so that HTTP answers 401 in place of 403. */
  readonly anonymous?: boolean
  /** The underlying error. For logs only: it may hold SQL text, so it never reaches a client. */
  readonly cause?: unknown
}

const brand = Symbol.for('cardea.error')

/**
 * The one error class of Cardea.
 *
 * Its message is safe to show: it never holds a token, password, hash, e-mail address or SQL parameter.
 * Recognise it with {@link isCardeaError} rather than `instanceof`, which fails when a package is installed twice.
 */
export class CardeaError extends Error {
  override readonly name = 'CardeaError'
  readonly code: ErrorCode
  // Declared alone, so that whoever prints an error sees nothing of what it does not say.
  declare readonly issues: readonly ErrorIssue[] | undefined
  declare readonly retryAfterSeconds: number | undefined
  declare readonly constraint: ErrorDetails['constraint']
  declare readonly mfa: MfaChallenge | undefined
  readonly anonymous: boolean

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.issues !== undefined) this.issues = details.issues
    if (details.retryAfterSeconds !== undefined) this.retryAfterSeconds = details.retryAfterSeconds
    if (details.constraint !== undefined) this.constraint = details.constraint
    this.anonymous = details.anonymous ?? false
    Object.defineProperty(this, brand, { value: true })
    // Holds a secret, which whoever prints the error must not print.
    Object.defineProperty(this, 'mfa', { value: details.mfa, enumerable: false })
  }
}

/**
 * Whether a caught value is a {@link CardeaError}, from this or another copy of the package.
 *
 * @param code When given, also whether it carries this code.
 */
export function isCardeaError(value: unknown, code?: ErrorCode): value is CardeaError {
  if (typeof value !== 'object' || value === null || (value as Record<symbol, unknown>)[brand] !== true) return false
  return code === undefined || (value as CardeaError).code === code
}
