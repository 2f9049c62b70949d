import {
  type AuthCollection,
  identityFields,
  type NewValues,
  type PatchValues,
  parseInstant,
  parseNew,
  parsePatch,
} from '@cardea/collections'
import { isCardeaError, normalizeEmail } from '@cardea/core'
import type { Identifier } from '@cardea/identity'
import { identifiersOf } from '../accounts/identifiers-of.js'
import { safeText } from '../audit/safe-text.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import type { NeutralUser } from './neutral-user.js'
import type { ParsedImportOptions } from './parse-options.js'
import { type ImportedIdentity, prepareIdentities } from './prepare-identities.js'
import { type Issues, issue } from './refusal.js'

/** A checked user, ready to be written. */
export interface PreparedUser {
  readonly email: string
  readonly verified: boolean
  readonly values: NewValues
  /** What an existing user gets instead: no field that it signs in by. */
  readonly patch: PatchValues
  readonly identifiers: readonly Identifier[]
  readonly hash: string | undefined
  readonly createdAt: number | undefined
  readonly disabled: boolean
  /** Undefined for what everybody gets. */
  readonly roles: readonly string[] | undefined
  readonly identities: readonly ImportedIdentity[]
}

/** Checks a user of a file. @returns All that is wrong with it, or the user. */
export async function prepareUser(
  services: Services,
  collection: AuthCollection,
  user: NeutralUser,
  options: ParsedImportOptions,
): Promise<PreparedUser | Issues> {
  const email = typeof user.email === 'string' ? normalizeEmail(user.email) : undefined
  const byApp = options.by === undefined
  const own = parseNew(collection, user.fields, { byApp })
  const signedInBy = identityFields(collection)
  const changed = Object.entries(user.fields).filter(([name]) => !signedInBy.includes(name))
  const patch = parsePatch(collection, Object.fromEntries(changed), { byApp })
  const createdAt = instantOf(user.createdAt, services.clock())
  const verified = truthOf(user.verified)
  const disabled = truthOf(user.disabled)
  const roles = rolesOf(collection, user.roles)
  const identities = prepareIdentities(services, collection, user.identities ?? [], options.providers)
  const hash = await hashOf(services, user.passwordHash, options.unsupportedHash)
  const issues: Issues = [
    ...(email === undefined ? issue('email', 'invalid_format', 'must be an e-mail address') : []),
    ...(own.valid ? [] : own.issues),
    ...(createdAt === 'wrong' ? issue('created_at', 'invalid_value', 'must be an instant that is over') : []),
    ...(verified === 'wrong' ? issue('verified', 'invalid_type', 'must be true or false') : []),
    ...(disabled === 'wrong' ? issue('status', 'invalid_type', 'must say whether it is disabled') : []),
    ...(roles.issues ?? []),
    ...(identities.issues ?? []),
    ...(hash.issues ?? []),
    ...(user.unknown ?? []).map((name) => ({
      path: safeText(name, 64),
      code: 'unknown_field',
      message: 'is not a known field',
    })),
  ]
  if (issues.length > 0 || email === undefined || !own.valid || !patch.valid) return issues
  if (createdAt === 'wrong' || verified === 'wrong' || disabled === 'wrong') return issues
  try {
    const identifiers = identifiersOf(collection, { ...own.values, email })
    return {
      email,
      verified,
      values: own.values,
      patch: patch.values,
      identifiers,
      hash: hash.hash,
      createdAt,
      disabled: disabled && !isOver(user.disabledUntil, services.clock()),
      roles: roles.labels,
      identities: identities.identities,
    }
  } catch (error) {
    if (isCardeaError(error, 'invalid_request') && error.issues !== undefined) return error.issues
    throw error
  }
}

const truthOf = (value: unknown): boolean | 'wrong' => {
  if (value === undefined || value === 0 || value === false) return false
  return value === 1 || value === true ? true : 'wrong'
}

const sqlInstant = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?$/u

/** An instant as ISO 8601 or a database writes it, or in milliseconds. Without a zone it is UTC. */
function instantOf(value: unknown, now: number): number | undefined | 'wrong' {
  if (value === undefined) return undefined
  const instant = typeof value === 'string' ? readInstant(value) : value
  const possible = typeof instant === 'number' && Number.isSafeInteger(instant) && instant >= 0 && instant <= now
  return possible ? instant : 'wrong'
}

/** 1973. Milliseconds of no ban are fewer, and seconds of all that end before the year 5138. */
const fewestMilliseconds = 1e11

/** Whether an instant is over. Of one that cannot be read that is not known, so that whoever is shut out stays so. */
function isOver(value: unknown, now: number): boolean {
  const instant = instantOf(value, now)
  return typeof instant === 'number' && instant >= fewestMilliseconds
}

function readInstant(text: string): number | undefined {
  const [, date, time, zulu, hours, minutes = '00'] = (text.length > 40 ? null : sqlInstant.exec(text)) ?? []
  if (date === undefined || time === undefined) return parseInstant(text)
  return parseInstant(`${date}T${time}${zulu === undefined && hours !== undefined ? `${hours}:${minutes}` : 'Z'}`)
}

function rolesOf(
  collection: AuthCollection,
  value: unknown,
): { readonly labels: readonly string[] | undefined; readonly issues?: Issues } {
  if (value === undefined) return { labels: undefined }
  const labels = Array.isArray(value) ? value.filter((label): label is string => typeof label === 'string') : []
  if (!Array.isArray(value) || labels.length !== value.length || labels.length > 100) {
    return { labels: undefined, issues: issue('roles', 'invalid_type', 'must be a list of labels') }
  }
  if (labels.length > 0 && collection.name !== usersName) {
    return { labels: undefined, issues: issue('roles', 'invalid', 'is for users of the built-in collection') }
  }
  return { labels: [...new Set(labels)] }
}

async function hashOf(
  { passwords }: Services,
  value: unknown,
  unsupported: 'refuse' | 'reset',
): Promise<{ readonly hash: string | undefined; readonly issues?: Issues }> {
  if (value === undefined || value === '') return { hash: undefined }
  try {
    if (typeof value === 'string') return await passwords.prepareImported(value, 'password_hash')
  } catch (error) {
    if (!isCardeaError(error, 'invalid_request')) throw error
  }
  if (unsupported === 'reset') return { hash: undefined }
  const message = 'is no password hash that is supported'
  return { hash: undefined, issues: issue('password_hash', 'unsupported_hash', message) }
}
