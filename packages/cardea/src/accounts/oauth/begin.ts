import type { AuthCollection, AuthSettings } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { fromBase64Url } from '@cardea/core/crypto'
import { findPrincipal } from '@cardea/identity'
import type { BegunOAuth, OAuthBeginning } from '../../api/oauth.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertAllowed, assertAllowedNow } from '../../settings/effective-settings.js'
import { assertFresh, assertOwn } from '../fresh.js'
import { invalidInput } from '../invalid-input.js'
import { lookUpSession } from '../look-up-session.js'
import { providerError } from './provider-error.js'
import { redirectUriOf } from './redirect-uri.js'
import { openTransaction } from './transaction.js'

/** SHA-256 in bytes. */
const challengeBytes = 32

/** Begins a sign-in at a provider. Nothing is remembered of one that cannot begin. */
export async function beginOAuth(
  services: Services,
  collection: AuthCollection,
  beginning: OAuthBeginning,
  authentication: SessionAuthentication | undefined,
): Promise<BegunOAuth> {
  await assertOAuthEnabledNow(services, collection)
  const { provider, connection } = services.oauth.connect(collection, beginning.provider)
  const { redirectTo, mode, codeChallenge } = checkTarget(services, beginning)
  const { intent = null, rememberMe } = beginning
  const owner = intent === null ? undefined : await ownerOf(services, collection, intent, authentication)
  const { codeVerifier, nonce, ...begun } = await openTransaction(services, collection, {
    provider: provider.name,
    redirectTo,
    mode,
    codeChallenge,
    intent,
    sessionId: owner?.sessionId ?? null,
    ...(rememberMe === undefined ? {} : { rememberMe }),
    ...(owner === undefined ? {} : { principal: owner.principal }),
  })
  const page = await connection.authorizationUrl({
    state: begun.state,
    nonce,
    codeVerifier,
    redirectUri: redirectUriOf(services.config, collection.name, provider.name),
    fresh: intent === 'reauth',
  })
  if (!page.ok) throw providerError(services, collection, provider.name, page)
  return { url: page.url, ...begun }
}

/** @throws CardeaError `method_disabled` */
export const assertOAuthEnabledNow = (services: Services, collection: AuthCollection): Promise<void> =>
  assertAllowedNow(services, collection, oauthEnabled, noOAuth)

/** The same where a read follows that tells of changes. @throws CardeaError `method_disabled` */
export const assertOAuthEnabled = (services: Services, collection: AuthCollection): Promise<void> =>
  assertAllowed(services, collection, oauthEnabled, noOAuth)

const oauthEnabled = ({ oauth }: AuthSettings): boolean => oauth.enabled
const noOAuth = 'Signing in through providers is not enabled.'

function checkTarget(services: Services, beginning: OAuthBeginning) {
  const { mode = 'cookie', codeChallenge } = beginning
  const wrong = (path: string, code: string, message: string) => invalidInput([{ path, code, message }])
  const redirectTo = services.oauth.redirects.find(beginning.redirectTo)
  if (redirectTo === undefined) throw wrong('redirect_to', 'not_allowed', 'is not one of the allowed targets')
  if (mode === 'cookie') {
    if (codeChallenge !== undefined) throw wrong('code_challenge', 'not_allowed', 'goes with mode=token')
    if (!services.delivery.cookie && beginning.intent === undefined) {
      throw wrong('mode', 'not_allowed', 'must be token: sessions have no cookie here')
    }
    return { redirectTo, mode, codeChallenge: null }
  }
  if (beginning.intent !== undefined) throw wrong('mode', 'not_allowed', 'goes with no intent')
  if (codeChallenge === undefined || fromBase64Url(codeChallenge)?.length !== challengeBytes) {
    throw wrong('code_challenge', 'invalid_format', 'must be a SHA-256 as base64url')
  }
  return { redirectTo, mode, codeChallenge }
}

/** For whose session it is. The epoch is kept along: whatever ends the session ends the intent. */
async function ownerOf(
  services: Services,
  collection: AuthCollection,
  intent: NonNullable<OAuthBeginning['intent']>,
  caller: SessionAuthentication | undefined,
) {
  if (caller === undefined) throw new CardeaError('unauthenticated', 'Sign in first.')
  const authentication = await lookUpSession(services, caller)
  if (intent === 'link') assertFresh(services, collection, authentication)
  else assertOwn(collection, authentication)
  const principal = await findPrincipal(services.storage, authentication.principalId)
  if (principal === undefined) throw new CardeaError('session_revoked', 'The session has ended.')
  return { principal: { id: principal.id, epoch: principal.epoch }, sessionId: authentication.session.id }
}
