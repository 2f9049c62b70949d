import type { AuthCollection, AuthOptions } from './collection.js'

/** How the principals of a collection sign up and in, complete. */
export interface AuthSettings {
  readonly password: { readonly enabled: boolean }
  readonly registration: 'open' | 'closed'
  readonly requireVerified: boolean
  readonly identifiers: readonly string[]
}

/**
 * The settings of a collection: its own, else those inherited, else the defaults.
 *
 * @param inherited Settings of all collections. Identifiers name fields, so they are never inherited.
 */
export function authSettings({ auth }: AuthCollection, inherited: Omit<AuthOptions, 'identifiers'> = {}): AuthSettings {
  return Object.freeze({
    password: Object.freeze({ enabled: auth.password?.enabled ?? inherited.password?.enabled ?? true }),
    registration: auth.registration ?? inherited.registration ?? 'open',
    requireVerified: auth.requireVerified ?? inherited.requireVerified ?? false,
    identifiers: auth.identifiers ?? [],
  })
}

/** The fields by which principals sign in: `email` first. Each is the `kind` of its identifiers. */
export const identityFields = ({ auth }: AuthCollection): readonly string[] => ['email', ...(auth.identifiers ?? [])]
