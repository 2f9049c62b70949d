import { type AuthCollection, type PatchValues, parsePatch } from '@cardea/collections'
import { type ErrorIssue, normalizeEmail } from '@cardea/core'
import { identifiersOf } from '../accounts/identifiers-of.js'
import { invalidInput } from '../accounts/invalid-input.js'
import type { AccountChange } from '../api/users.js'
import { usersName } from '../options/users-name.js'

/** A checked change. */
export interface ParsedChange {
  readonly values: PatchValues
  /** Normalised. */
  readonly email: string | undefined
  readonly password: string | undefined
  readonly role: string | null | undefined
  readonly verified: boolean | undefined
  readonly status: 'active' | 'disabled' | undefined
}

type Account = { readonly [Name in keyof AccountChange]?: unknown }

/** @throws CardeaError `invalid_request`, `unknown_field` */
export function parseChange(collection: AuthCollection, input: unknown): ParsedChange {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput([{ path: '', code: 'invalid_type', message: 'must be an object' }])
  }
  const { email, password, role, verified, status, ...rest } = input as Account & object
  const issues: ErrorIssue[] = []
  const wrong = (path: string, message: string, code = 'invalid_type'): void => {
    issues.push({ path, code, message })
  }
  const address = normalizeEmail(email)
  if (email !== undefined && typeof email !== 'string') wrong('email', 'must be of type string')
  else if (email !== undefined && address === undefined) wrong('email', 'must be an e-mail address', 'invalid_format')
  if (password !== undefined && typeof password !== 'string') wrong('password', 'must be of type string')
  if (role !== undefined && collection.name !== usersName) {
    wrong('role', 'is for users of the built-in collection', 'invalid')
  } else if (role !== undefined && role !== null && typeof role !== 'string') wrong('role', 'must be of type string')
  if (verified !== undefined && typeof verified !== 'boolean') wrong('verified', 'must be of type boolean')
  if (status !== undefined && status !== 'active' && status !== 'disabled') {
    wrong('status', 'must be active or disabled', 'invalid_value')
  }
  const parsed = parsePatch(collection, rest)
  if (!parsed.valid || issues.length > 0) throw invalidInput([...issues, ...(parsed.valid ? [] : parsed.issues)])
  const { values } = parsed
  // Before any statement, so that a value that can be no identifier is refused as input.
  identifiersOf(collection, values)
  return {
    values,
    email: address,
    password: typeof password === 'string' && password !== '' ? password : undefined,
    role: role === null || typeof role === 'string' ? role : undefined,
    verified: typeof verified === 'boolean' ? verified : undefined,
    status: status === 'active' || status === 'disabled' ? status : undefined,
  }
}
