import type { OAuthProvider } from 'cardea/oauth'

/** What a sign-in through the provider came with, and what its owner must not leave lying about. */
export interface SeenByProvider {
  readonly secrets: Set<string>
}

/** What no provider has to say of somebody here. */
export const boast = {
  role: 'admin',
  role_id: 'admin',
  roles: ['admin'],
  permissions: ['*'],
  bypass: true,
  status: 'active',
  id: '01a2014d-b475-7215-8438-031c3b71c287',
  username: 'admin',
  password_hash: 'a hash',
  collection: 'users',
  created_at: 0,
  mfa_enabled: false,
  second_factors: 0,
}

/** A provider whose codes begin with the subjects of those who agree, each with an address of its own that is verified. */
export function createProvider(name: string): { readonly provider: OAuthProvider; readonly seen: SeenByProvider } {
  const secrets = new Set<string>()
  const provider: OAuthProvider = {
    name,
    label: name,
    kind: 'oidc',
    responseMode: 'query',
    connect: () => ({
      authorizationUrl: async ({ state, nonce, codeVerifier }) => {
        for (const secret of [state, nonce, codeVerifier]) secrets.add(secret)
        return { ok: true, url: `https://${name}.test/?${new URLSearchParams({ state })}` }
      },
      exchange: async ({ code }) => {
        const tokens = { access: `provider-access-of-${code}`, refresh: `provider-refresh-of-${code}` }
        for (const secret of Object.values(tokens)) secrets.add(secret)
        const [subject = ''] = code.split('.')
        const more = subject === 'boaster' ? boast : {}
        const profile = { ...more, subject, email: `${subject}@example.test`, emailVerified: true, name: undefined }
        return { ok: true, profile, tokens }
      },
    }),
  }
  return { provider, seen: { secrets } }
}
