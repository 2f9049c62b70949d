import { sha256 } from '@cardea/core/crypto'
import type { AuthorizationRequest, OAuthFailureReason, OAuthProfile, OAuthProvider } from '@cardea/identity/oauth'
import type { Storage } from '@cardea/storage'
import { createMailbox } from '../../mail/mailbox.js'
import type { CardeaOptions } from '../../options/options.js'
import { createTestCardea } from '../../testing.fixture.js'

/** Somebody at the provider. */
export const anna: OAuthProfile = {
  subject: 'subject-anna',
  email: 'Anna@example.com',
  emailVerified: true,
  name: 'Anna',
}

/**
 * A provider that is strict: a code counts once, with the verifier, nonce and address that it was made for.
 *
 * @param options.lenient Whether a code counts again and again, so that nothing but the state is used up.
 */
export function createTestProvider(name = 'company', { lenient = false }: { readonly lenient?: boolean } = {}) {
  const codes = new Map<string, { readonly request: AuthorizationRequest; readonly profile: OAuthProfile }>()
  let failing: OAuthFailureReason | undefined
  let exchanges = 0
  let issued = 0
  const provider: OAuthProvider = {
    name,
    label: name.toUpperCase(),
    kind: 'oidc',
    responseMode: 'query',
    connect: () => ({
      authorizationUrl: async ({ state, nonce, codeVerifier, redirectUri, fresh }) => {
        if (failing !== undefined) return { ok: false, reason: failing, detail: 'test' }
        const url = new URL(`https://${name}.test/authorize`)
        const challenge = sha256(codeVerifier)
        for (const [key, value] of Object.entries({ state, nonce, challenge, redirectUri, fresh: String(fresh) })) {
          url.searchParams.set(key, value)
        }
        return { ok: true, url: url.href }
      },
      exchange: async ({ code, codeVerifier, nonce, redirectUri }) => {
        exchanges += 1
        if (failing !== undefined) return { ok: false, reason: failing, detail: 'test' }
        const known = codes.get(code)
        if (!lenient) codes.delete(code)
        const right =
          known !== undefined &&
          known.request.codeVerifier === sha256(codeVerifier) &&
          known.request.nonce === nonce &&
          known.request.redirectUri === redirectUri
        if (!right) return { ok: false, reason: 'code_rejected', detail: 'test' }
        return {
          ok: true,
          profile: known.profile,
          tokens: { access: `access-of-${code}`, refresh: `refresh-of-${code}` },
        }
      },
    }),
  }
  return {
    provider,
    exchanges: () => exchanges,
    fail: (reason: OAuthFailureReason | undefined) => {
      failing = reason
    },
    /** Signs somebody in at the page, and gives the code that comes back. */
    agree: (page: string, profile: OAuthProfile = anna): string => {
      const { searchParams } = new URL(page)
      const part = (key: string) => searchParams.get(key) ?? ''
      issued += 1
      const code = `${name}-code-${issued}`
      const request = {
        state: part('state'),
        nonce: part('nonce'),
        codeVerifier: part('challenge'),
        redirectUri: part('redirectUri'),
      }
      codes.set(code, { request, profile })
      return code
    },
  }
}

/** An instance with two providers and a mailbox. */
export async function createOAuthCardea(
  options: {
    readonly storage?: Storage
    readonly auth?: CardeaOptions<readonly [], never>['auth']
    readonly providers?: readonly ReturnType<typeof createTestProvider>[]
    readonly hooks?: CardeaOptions<readonly [], never>['hooks']
  } = {},
) {
  const { providers = [createTestProvider(), createTestProvider('other')], auth, hooks, storage } = options
  const mailbox = createMailbox()
  const test = createTestCardea({
    ...(storage === undefined ? {} : { storage }),
    ...(auth === undefined ? {} : { auth }),
    send: mailbox.send,
    more: {
      baseUrl: 'https://app.test',
      oauth: {
        providers: providers.map(({ provider }) => provider),
        redirects: ['/welcome'],
        collections: { customers: ['company'] },
      },
      ...(hooks === undefined ? {} : { hooks }),
    },
  })
  if (storage === undefined) await test.auth.migrate()
  await test.auth.ready()
  const [company, other] = providers
  if (company === undefined || other === undefined) throw new Error('two providers are needed')
  const { users } = test.auth
  type Beginning = Parameters<typeof users.oauth.begin>[0]
  type Who = Parameters<typeof users.oauth.begin>[1]
  /** Begins at the provider and agrees there. */
  const come = async (profile: OAuthProfile = anna, beginning: Partial<Beginning> = {}, who?: Who) => {
    const at = beginning.provider === 'other' ? other : company
    const begun = await users.oauth.begin({ provider: 'company', ...beginning }, who)
    const code = at.agree(begun.url, profile)
    return { params: { state: begun.state, code }, browserToken: begun.browserToken, begun }
  }
  /** The whole round trip. */
  const signIn = async (profile: OAuthProfile = anna, beginning: Partial<Beginning> = {}, who?: Who) => {
    const outcome = await users.oauth.callback(await come(profile, beginning, who))
    await test.settle()
    return outcome
  }
  return { ...test, users, company, other, mailbox, come, signIn }
}
