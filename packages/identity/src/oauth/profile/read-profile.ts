import { failure, type OAuthFailure, type OAuthProfile } from '../provider.js'
import { readPath, textAt } from './read-path.js'

/** Where a provider's answer says what; paths as of `readPath`. */
export interface ProfilePaths {
  /** What never changes about the account. */
  readonly subject: string
  readonly email?: string
  /** Where it says `true` when the account owns the address; of several, each has to. Without it none counts as verified. */
  readonly emailVerified?: string | readonly string[]
  readonly name?: string
}

/** As wide as the column that keeps it. */
const maximumSubjectLength = 255

/**
 * Reads who somebody is.
 *
 * @param trustsEmail Whether the provider's word for an address counts at all.
 */
export function readProfile(
  json: unknown,
  paths: ProfilePaths,
  trustsEmail: boolean,
): { readonly ok: true; readonly profile: OAuthProfile } | OAuthFailure {
  const subject = subjectOf(readPath(json, paths.subject))
  if (subject === undefined) return failure('subject_missing', 'no identifier of the account')
  const email = textAt(json, paths.email)
  const claims = [paths.emailVerified ?? []].flat()
  // "true", 1 and whatever else is like true are not: accounts have been taken over by each.
  const asserted = claims.length > 0 && claims.every((path) => readPath(json, path) === true)
  const emailVerified = trustsEmail && email !== undefined && asserted
  return { ok: true, profile: { subject, email, emailVerified, name: textAt(json, paths.name) } }
}

/** Many providers count their accounts; beyond 2^53 a number is no longer the one that was sent. */
function subjectOf(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value
  // A subject with characters that are not seen would be another one for people.
  const usable =
    typeof text === 'string' &&
    text.length <= maximumSubjectLength &&
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)
  return usable ? text : undefined
}
