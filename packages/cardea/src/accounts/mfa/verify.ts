import type { AuthCollection } from '@cardea/collections'
import type { FactorAttempt } from '@cardea/identity'
import type { SignIn, SignInContext } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { completeSignIn } from '../complete-sign-in.js'
import { forgiveAccount } from '../guesses.js'
import { claimFactor, consumeFactor, withFactor } from './attempt.js'
import { deadTicket, tryTicket } from './ticket.js'

/**
 * Completes a sign-in by its second factor. Ticket and code are used up together, so of many at once one signs in; then
 * the session begins where all do, with the epoch of the first proof.
 */
export async function verifySecondFactor(
  services: Services,
  collection: AuthCollection,
  ticket: string,
  attempt: FactorAttempt,
  context: SignInContext,
): Promise<SignIn<Readonly<Record<string, unknown>>>> {
  const { pending, principal, first } = await tryTicket(services, collection, ticket)
  const owner = { collection, principalId: principal.id }
  const claim = await claimFactor(services, owner, () =>
    services.factors.check(services.storage, principal.id, attempt),
  )
  const provedAt = services.clock()
  await withFactor(services, owner, async (transaction) => {
    if (!(await services.verifications.consume(transaction, pending))) throw deadTicket()
    await consumeFactor(services, transaction, owner, claim, context)
  })
  const current = await services.collections.renew(collection, pending.versions.config)
  const proof = { collection: current, principal, methods: [first.firstMethod, claim.kind], provedAt } as const
  const signedIn = await completeSignIn(services, proof, { ...context, rememberMe: first.rememberMe }, undefined)
  await forgiveAccount(services, principal)
  return signedIn
}
