import { type CardeaError, type ErrorCode, type ErrorIssue, isCardeaError, type MfaChallenge } from '@cardea/core'
import { toIso } from '../answers/instant.js'
import { rateLimitHeaders } from '../limits/refusal.js'

/** Codes that stay inside: what a client is told in their place. */
const answeredAs = {
  unique_violation: 'conflict',
  foreign_key_violation: 'conflict',
  transaction_conflict: 'unavailable',
  schema_outdated: 'unavailable',
  configuration_invalid: 'internal_error',
  undeclared_permission: 'internal_error',
} as const satisfies Partial<Record<ErrorCode, ErrorCode>>

/** A code that a client can meet. */
export type PublicErrorCode = Exclude<ErrorCode, keyof typeof answeredAs>

/** How a code is answered. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
  /** Said in place of the error's own message, where that could tell more than an outsider should know. */
  readonly detail?: string
}

/** How each code is answered. */
export const problemKinds: Readonly<Record<PublicErrorCode, ProblemKind>> = {
  invalid_request: { status: 400, title: 'Invalid request' },
  unknown_field: { status: 422, title: 'Unknown field' },
  weak_password: { status: 422, title: 'Password not accepted' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  payload_too_large: { status: 413, title: 'Payload too large' },
  invalid_credentials: { status: 401, title: 'Invalid credentials', detail: 'The credentials are not valid.' },
  unauthenticated: { status: 401, title: 'Not signed in' },
  mfa_required: { status: 401, title: 'Second factor required' },
  mfa_invalid: { status: 401, title: 'Second factor not valid' },
  token_expired: { status: 401, title: 'Token expired' },
  token_invalid: { status: 401, title: 'Token not valid' },
  token_reused: { status: 401, title: 'Token used before' },
  session_revoked: { status: 401, title: 'Session ended' },
  oauth_failed: { status: 401, title: 'Sign-in at the provider failed' },
  email_not_verified: { status: 403, title: 'E-mail address not verified' },
  sign_in_not_allowed: { status: 403, title: 'Sign-in not allowed' },
  forbidden: { status: 403, title: 'Forbidden' },
  reauthentication_required: { status: 403, title: 'Recent sign-in required' },
  csrf_rejected: { status: 403, title: 'Cross-site request refused' },
  method_disabled: { status: 403, title: 'Method disabled' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  email_taken: { status: 409, title: 'E-mail address taken' },
  username_taken: { status: 409, title: 'User name taken' },
  conflict: { status: 409, title: 'Conflict' },
  precondition_failed: { status: 412, title: 'Changed meanwhile' },
  role_in_use: { status: 409, title: 'Role in use' },
  last_admin: { status: 409, title: 'Last administrator' },
  protected: { status: 409, title: 'Protected' },
  rate_limited: { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Temporarily unavailable', detail: 'Try again in a moment.' },
  internal_error: { status: 500, title: 'Internal error', detail: 'Something went wrong on our side.' },
}

/** Codes of a credential that is missing or no longer good, after which RFC 9110 §15.5.2 wants a challenge. */
const challenged: ReadonlySet<string> = new Set<PublicErrorCode>([
  'unauthenticated',
  'token_expired',
  'token_invalid',
  'session_revoked',
])

/** More issues than this are cut, so that a small request cannot make a large answer. */
const mostIssues = 50

/** Seconds to wait after a 429 or 503 that does not say. */
const defaultRetrySeconds = 5

/** The body of an answer that reports an error. @see RFC 9457 */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  /** Stable; what programs branch on. */
  readonly code: PublicErrorCode
  readonly detail: string
  /** Also in the `X-Request-Id` header and in the server's log. */
  readonly request_id: string
  readonly errors?: readonly ErrorIssue[]
  /** With `mfa_required`: goes with the second factor to `/mfa/verify`. */
  readonly mfa_token?: string
  /** When that is over. */
  readonly expires_at?: string
  /** What may be presented. */
  readonly methods?: readonly string[]
  /** Whether a second factor has to be set up first. */
  readonly enrollment_required?: boolean
}

/** Describes anything that was thrown. Whatever is not an expected error says nothing of its cause. */
export function describeProblem(error: unknown, requestId: string): Problem {
  const code = publicCodeOf(error)
  const kind = problemKinds[code]
  const own = isCardeaError(error) && error.code === code ? error : undefined
  const issues = kind.status < 500 ? (own?.issues ?? []) : []
  return {
    type: `https://github.com/cardea-auth/cardea/blob/main/docs/errors.md#${code}`,
    title: kind.title,
    status: statusFor(code, kind, issues, own),
    code,
    detail: kind.detail ?? own?.message ?? `${kind.title}.`,
    request_id: requestId,
    ...(issues.length > 0 ? { errors: issues.slice(0, mostIssues) } : {}),
    ...(own?.mfa === undefined ? {} : challengeOf(own.mfa)),
  }
}

/**
 * The HTTP status that Cardea answers an error with, for handlers of the app's own: 401, 403, 429 and so on by its code, 500 for
 * what is the server's own fault.
 *
 * @returns Undefined for what is no CardeaError.
 */
export const statusOf = (error: unknown): number | undefined =>
  isCardeaError(error) ? describeProblem(error, '').status : undefined

function statusFor(
  code: PublicErrorCode,
  kind: ProblemKind,
  issues: readonly ErrorIssue[],
  own: CardeaError | undefined,
): number {
  // A body that cannot be read at all is 400; one whose fields are wrong, as the issues then say, is 422.
  if (code === 'invalid_request' && issues.length > 0) return 422
  return code === 'reauthentication_required' && own?.anonymous === true ? 401 : kind.status
}

const challengeOf = ({ token, expiresAt, methods, enrollmentRequired }: MfaChallenge) => ({
  mfa_token: token,
  expires_at: toIso(expiresAt),
  methods,
  enrollment_required: enrollmentRequired,
})

/** The headers that belong to a problem. */
export function problemHeaders(problem: Problem, error: unknown): [string, string][] {
  const headers: [string, string][] = []
  if (problem.status === 429 || problem.status === 503) {
    const seconds = (isCardeaError(error) ? error.retryAfterSeconds : undefined) ?? defaultRetrySeconds
    headers.push(['Retry-After', String(Math.max(1, Math.ceil(seconds)))])
  }
  for (const [name, value] of rateLimitHeaders(error)) headers.push([name, value])
  if (challenged.has(problem.code)) headers.push(['WWW-Authenticate', 'Bearer'])
  return headers
}

/** Whether something went wrong that is not the client's doing and may soon be over: what is answered with 503. */
export const isUnserved = (error: unknown): boolean => publicCodeOf(error) === 'unavailable'

function publicCodeOf(error: unknown): PublicErrorCode {
  if (!isCardeaError(error)) return 'internal_error'
  const code: ErrorCode = error.code
  if (isInternal(code)) return answeredAs[code]
  // Another copy of the package may know codes that this one does not.
  return Object.hasOwn(problemKinds, code) ? code : 'internal_error'
}

function isInternal(code: ErrorCode): code is keyof typeof answeredAs {
  return Object.hasOwn(answeredAs, code)
}
