import type { OAuthOptions } from 'cardea'
import { knownProviders, type OAuthProvider, oauth2, oidc } from 'cardea/oauth'
import { EnvironmentError } from './environment.ts'

const variable = /^OAUTH_([A-Z0-9]+(?:_[A-Z0-9]+)*?)_(ISSUER|CLIENT_ID|CLIENT_SECRET)$/

/**
 * Providers from the environment: `OAUTH_<NAME>_ISSUER`, `_CLIENT_ID` and `_CLIENT_SECRET` for any of OpenID Connect. One
 * that Cardea knows by name, such as `OAUTH_GITHUB_CLIENT_ID`, needs no issuer.
 */
export function readProviders(env: NodeJS.ProcessEnv): OAuthOptions | undefined {
  const found = new Map<string, Map<string, string>>()
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith('OAUTH_') || !value) continue
    const [, name, part] = variable.exec(key) ?? []
    if (name === undefined || part === undefined) {
      throw new EnvironmentError(`${key} is not OAUTH_<NAME>_ISSUER, _CLIENT_ID or _CLIENT_SECRET`)
    }
    found.set(name, (found.get(name) ?? new Map<string, string>()).set(part, value))
  }
  if (found.size === 0) return undefined
  return { providers: [...found].map(([name, parts]) => providerOf(name, parts)) }
}

function providerOf(variableName: string, parts: ReadonlyMap<string, string>): OAuthProvider {
  const name = variableName.toLowerCase().replaceAll('_', '-')
  const clientId = parts.get('CLIENT_ID')
  const clientSecret = parts.get('CLIENT_SECRET')
  const issuer = parts.get('ISSUER')
  if (clientId === undefined) throw new EnvironmentError(`OAUTH_${variableName}_CLIENT_ID is required`)
  const client = { clientId, ...(clientSecret === undefined ? {} : { clientSecret }) }
  try {
    if (issuer !== undefined) return oidc({ name, issuer, ...client })
    const known = knownProviders.find((provider) => provider === name)
    if (known !== undefined) return oauth2(known, client)
  } catch (error) {
    throw new EnvironmentError(`OAUTH_${variableName}_*: ${error instanceof Error ? error.message : 'not usable'}`)
  }
  throw new EnvironmentError(`OAUTH_${variableName}_ISSUER is required`)
}
