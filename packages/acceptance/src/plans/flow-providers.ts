import type { OAuthProvider } from 'cardea/oauth'

/** A provider whose codes say who somebody is: subject, address, and whether that is verified. */
const providerOf = (name: string): OAuthProvider => ({
  name,
  label: name,
  kind: 'oidc',
  responseMode: 'query',
  connect: () => ({
    authorizationUrl: async ({ state }) => ({ ok: true, url: `https://${name}.test/?state=${state}` }),
    exchange: async ({ code }) => {
      const [subject = '', email, verified] = code.split('|')
      const profile = { subject, email, emailVerified: verified === 'verified', name: undefined }
      return { ok: true, profile, tokens: { access: 'access', refresh: 'refresh' } }
    },
  }),
})

/** For the instance that the flows are driven on. */
export const flowProviders: readonly OAuthProvider[] = [providerOf('company'), providerOf('other')]
