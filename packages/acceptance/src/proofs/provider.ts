import type { OAuthProvider } from 'cardea/oauth'

/** What a sign-in through the provider came with, and what its owner must not leave lying about. */
export interface SeenByProvider {
  readonly secrets: Set<string>
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
        const profile = { subject, email: `${subject}@example.test`, emailVerified: true, name: undefined }
        return { ok: true, profile, tokens }
      },
    }),
  }
  return { provider, seen: { secrets } }
}
