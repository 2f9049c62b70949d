import { type AuthCollection, identityFields } from '@cardea/collections'
import { CardeaError, normalizeEmail } from '@cardea/core'
import { type Identifier, normalizeUsername } from '@cardea/identity'

/** The largest identifier in bytes of UTF-8: what its column holds. */
const maximumBytes = 255

/**
 * The form in which an identifier is kept and compared.
 *
 * @returns Undefined when it is no possible value of its kind, so that nobody can have it.
 */
export function normalizeIdentifier(kind: string, value: string): string | undefined {
  if (kind === 'email') return normalizeEmail(value)
  if (kind === 'username') return normalizeUsername(value)
  const normalized = value.normalize('NFC')
  const possible =
    normalized !== '' &&
    normalized.isWellFormed() &&
    !normalized.includes('\u0000') &&
    Buffer.byteLength(normalized) <= maximumBytes
  return possible ? normalized : undefined
}

/**
 * The identifiers that a record's values make.
 *
 * @throws CardeaError `invalid_request` for a value that cannot be one.
 */
export function identifiersOf(
  collection: AuthCollection,
  values: Readonly<Record<string, unknown>>,
): readonly Identifier[] {
  return identityFields(collection).flatMap((kind) => {
    const value = values[kind]
    if (typeof value !== 'string') return []
    const key = normalizeIdentifier(kind, value)
    if (key === undefined) {
      throw new CardeaError('invalid_request', 'The input is not valid.', {
        issues: [{ path: kind, code: 'invalid_format', message: `must be a valid ${kind}` }],
      })
    }
    return [{ collection: collection.name, kind, key }]
  })
}
