import type { AuthCollection } from '@cardea/collections'
import { type ErrorCode, isCardeaError } from '@cardea/core'
import type { OAuthCallback, OAuthOutcome } from '../../api/oauth.js'
import type { SignInContext } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { completeSignIn } from '../complete-sign-in.js'
import { assertOAuthEnabled, assertOAuthEnabledNow } from './begin.js'
import { issueExchangeCode } from './exchange.js'
import { findOrCreate } from './find-or-create.js'
import { linkInSession, renewSession } from './in-session.js'
import { providerError } from './provider-error.js'
import { redirectUriOf } from './redirect-uri.js'
import { withParameter } from './redirects.js'
import { type TakenTransaction, takeTransaction } from './transaction.js'
import type { ProvedIdentity } from './write-identity.js'

type Outcome = OAuthOutcome<Readonly<Record<string, unknown>>>

/** Ends what {@link beginOAuth} has begun. The state is used up first, whatever comes of the rest. */
export async function finishOAuth(
  services: Services,
  collection: AuthCollection,
  callback: OAuthCallback,
  context: SignInContext,
): Promise<Outcome> {
  const transaction = await takeTransaction(services, collection, callback)
  const { redirectTo } = transaction
  try {
    return await conclude(services, collection, transaction, callback.params, context)
  } catch (error) {
    if (!isCardeaError(error)) throw error
    if (error.code === 'mfa_required' && error.mfa !== undefined) {
      return {
        status: 'mfa_required',
        challenge: error.mfa,
        redirectTo: error.mfa.enrollmentRequired
          ? withParameter(withParameter(redirectTo, 'error', 'mfa_required'), 'enrollment_required', 'true')
          : withParameter(redirectTo, 'error', 'mfa_required'),
      }
    }
    const code = tellable(error.code)
    if (code === 'internal_error') throw error
    return { status: 'failed', code, redirectTo: withParameter(redirectTo, 'error', code) }
  }
}

async function conclude(
  services: Services,
  collection: AuthCollection,
  transaction: TakenTransaction,
  params: Readonly<Record<string, string>>,
  context: SignInContext,
): Promise<Outcome> {
  const { redirectTo, mode, intent, codeChallenge, rememberMe } = transaction
  // A sign-in reads the version of settings with the account, and looks again.
  await (intent === null ? assertOAuthEnabled : assertOAuthEnabledNow)(services, collection)
  const proved = await proveIdentity(services, collection, transaction, params)
  if (intent === 'link') {
    await linkInSession(services, collection, transaction, proved, context)
    return { status: 'linked', redirectTo }
  }
  if (intent === 'reauth') {
    const renewed = await renewSession(services, collection, transaction, proved)
    return { status: 'reauthenticated', redirectTo, ...renewed }
  }
  const proof = await findOrCreate(services, collection, proved, context)
  if (mode === 'token') {
    const code = await issueExchangeCode(services, proof, codeChallenge ?? '', rememberMe)
    return { status: 'code_issued', redirectTo: withParameter(redirectTo, 'code', code) }
  }
  const signIn = await completeSignIn(services, proof, { ...context, rememberMe }, proof.versions)
  return { status: 'signed_in', signIn, redirectTo }
}

/** Redeems the code, and finds out who it is for. */
async function proveIdentity(
  services: Services,
  collection: AuthCollection,
  { provider: name, codeVerifier, nonce, intent }: TakenTransaction,
  params: Readonly<Record<string, string>>,
): Promise<ProvedIdentity> {
  const { provider, connection } = services.oauth.connect(collection, name)
  const { code, error } = params
  if (error !== undefined || code === undefined || code === '') {
    throw providerError(services, collection, name, { reason: 'declined', detail: 'no code' })
  }
  const result = await connection.exchange({
    code,
    codeVerifier,
    nonce,
    redirectUri: redirectUriOf(services.config, collection.name, name),
    params,
    fresh: intent === 'reauth',
  })
  if (!result.ok) throw providerError(services, collection, name, result)
  return { provider: { name, label: provider.label }, profile: result.profile, tokens: result.tokens }
}

/** Codes that only storage and defects have are not for an address bar. */
function tellable(code: ErrorCode): ErrorCode {
  if (code === 'transaction_conflict' || code === 'schema_outdated') return 'unavailable'
  return defects.has(code) ? 'internal_error' : code
}

const defects: ReadonlySet<ErrorCode> = new Set([
  'unique_violation',
  'foreign_key_violation',
  'configuration_invalid',
  'undeclared_permission',
])
