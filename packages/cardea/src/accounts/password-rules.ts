import { type AuthCollection, identityFields } from '@cardea/collections'
import type { PasswordRules } from '@cardea/identity'
import type { Services } from '../services/services.js'

/**
 * What a new password of an account is judged by: the settings of its collection, and the words that somebody who knows the
 * account would try. Every path that sets a password asks for it.
 *
 * @param values The account's record, or what it is made of: its identifiers are what counts.
 * @param path What issues name as their place. Default `password`.
 */
export function passwordRules(
  services: Services,
  collection: AuthCollection,
  values: Readonly<Record<string, unknown>>,
  path = 'password',
): PasswordRules {
  const { minLength, requireUpper, requireNumber, requireSpecial } = services.settings(collection).password
  const { appName, baseUrl } = services.config
  const identifiers = identityFields(collection).flatMap((kind) => {
    const value = values[kind]
    if (typeof value !== 'string') return []
    return kind === 'email' ? [value.slice(0, Math.max(0, value.lastIndexOf('@')))] : [value]
  })
  return {
    path,
    policy: { minLength, requireUpper, requireNumber, requireSpecial },
    context: [...identifiers, appName, new URL(baseUrl).hostname],
  }
}
