import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import { constantTimeEqual, sha256 } from '@cardea/core/crypto'
import type { SignIn, SignInContext } from '../../api/sign-in.js'
import type { Proof } from '../../pipeline/proof.js'
import type { Services } from '../../services/services.js'
import { completeSignIn } from '../complete-sign-in.js'

/** A code is redeemed by the page that it was sent to, at once. */
const codeSeconds = 60

/** RFC 7636 §4.1. */
const verifierPattern = /^[A-Za-z0-9._~-]{43,128}$/

interface BoundCode {
  readonly codeChallenge: string
  readonly provedAt: number
  readonly rememberMe?: boolean | undefined
}

/** Keeps a proof until the app comes for the tokens. Only whoever knows the verifier can use the code. */
export async function issueExchangeCode(
  services: Services,
  proof: Proof,
  codeChallenge: string,
  rememberMe: boolean | undefined,
): Promise<string> {
  const { collection, principal, provedAt } = proof
  const bound: BoundCode = { codeChallenge, provedAt, ...(rememberMe === undefined ? {} : { rememberMe }) }
  const { token } = await services.verifications.issueToken(services.storage, {
    purpose: 'oauth_exchange',
    collection: collection.name,
    subject: principal.id,
    flowId: services.createId(),
    principal: { id: principal.id, epoch: principal.epoch },
    bound,
    lifetimeSeconds: codeSeconds,
  })
  return token
}

/**
 * Signs in with such a code. It is used up whether the verifier is right or not: with a wrong one it has been stolen.
 */
export async function exchangeCode(
  services: Services,
  collection: AuthCollection,
  { code, codeVerifier }: { readonly code: string; readonly codeVerifier: string },
  context: SignInContext,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  const { verifications, storage } = services
  const expected = { purpose: 'oauth_exchange', collection: collection.name } as const
  const pending = await verifications.findByToken(storage, code, expected)
  if (pending?.principal === undefined || !(await verifications.consume(storage, pending))) throw notRight()
  // Only `issueExchangeCode` writes this purpose.
  const { codeChallenge, provedAt, rememberMe } = pending.bound as BoundCode
  if (!verifierPattern.test(codeVerifier) || !constantTimeEqual(sha256(codeVerifier), codeChallenge)) throw notRight()
  const current = await services.collections.renew(collection, pending.versions.config)
  const proof: Proof = { collection: current, principal: pending.principal, methods: ['oauth'], provedAt }
  return await completeSignIn(services, proof, { ...context, rememberMe }, undefined)
}

const notRight = (): CardeaError => new CardeaError('token_invalid', 'The code is not right, or is over.')
