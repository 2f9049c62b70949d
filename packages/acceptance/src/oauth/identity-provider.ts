import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'

/** What the provider says of somebody. */
export type AccountClaims = Readonly<Record<string, unknown>>

/** A strict provider of OpenID Connect in this process. */
export interface IdentityProvider {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** Who signs in from now on, and what is said of them; every visit signs in anew. */
  signIn(subject: string, claims?: AccountClaims): void
  stop(): Promise<void>
}

const client = { clientId: 'the-client', clientSecret: 'the secret: of the client' }

/** In seconds: longer than any test. */
const hour = 3_600

/**
 * Starts one. It wants PKCE, takes a code once, and compares redirect addresses to the letter.
 *
 * @param options.claimsInIdToken Whether addresses are in the ID token too, as at Google, or have to be asked for.
 */
export async function startIdentityProvider(options: {
  readonly redirectUris: readonly string[]
  readonly claimsInIdToken?: boolean
}): Promise<IdentityProvider> {
  const accounts = new Map<string, AccountClaims>()
  let current = ''
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const issuer = `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...options.redirectUris],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    pkce: { required: () => true },
    conformIdTokenClaims: options.claimsInIdToken !== true,
    claims: { openid: ['sub', 'id', 'tid'], email: ['email', 'email_verified'], profile: ['name'] },
    ttl: { AccessToken: hour, Grant: hour, IdToken: hour, Interaction: hour, Session: hour },
    cookies: { keys: ['a key of the tests'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...accounts.get(id), sub: id }) }),
    // Everybody agrees to everything.
    loadExistingGrant: async (context) => {
      const { oidc } = context
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  })
  // It has much to say about what a test does on purpose.
  provider.on('server_error', (_, error) => process.stderr.write(`${String(error)}\n`))
  const serve = provider.callback()
  handle = (request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    if (url.pathname.startsWith('/interaction/')) {
      void provider.interactionFinished(request, response, { login: { accountId: current } })
    } else if (url.pathname === '/emails') {
      const { email, email_verified: verified } = accounts.get(current) ?? {}
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify([
          { email: 'other@example.com', primary: false, verified: true },
          { email, primary: true, verified },
        ]),
      )
    } else void serve(request, response)
  }
  return {
    issuer,
    client,
    signIn(subject, claims = {}) {
      current = subject
      accounts.set(subject, claims)
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
