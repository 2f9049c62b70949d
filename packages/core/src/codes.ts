/**
 * Every code that a {@link CardeaError} can carry. Codes are stable: clients and apps branch on them, never on messages.
 * `docs/errors.md` lists the same codes with their HTTP status; a test holds the two equal.
 */
export const errorCodes = [
  // Input
  'invalid_request',
  'unknown_field',
  'weak_password',
  'unsupported_media_type',
  'payload_too_large',
  // Who are you
  'invalid_credentials',
  'unauthenticated',
  'mfa_required',
  'mfa_invalid',
  'token_expired',
  'token_invalid',
  'token_reused',
  'session_revoked',
  'oauth_failed',
  // May you
  'email_not_verified',
  'sign_in_not_allowed',
  'forbidden',
  'reauthentication_required',
  'csrf_rejected',
  'method_disabled',
  // State
  'not_found',
  'method_not_allowed',
  'email_taken',
  'username_taken',
  'conflict',
  'precondition_failed',
  'role_in_use',
  'last_admin',
  'protected',
  'rate_limited',
  // Storage, as typed outcomes of the storage contract
  'unique_violation',
  'foreign_key_violation',
  'transaction_conflict',
  'unavailable',
  // Set-up and defects
  'configuration_invalid',
  'schema_outdated',
  'undeclared_permission',
  'internal_error',
] as const

/** A stable, snake_case name for what went wrong. */
export type ErrorCode = (typeof errorCodes)[number]
