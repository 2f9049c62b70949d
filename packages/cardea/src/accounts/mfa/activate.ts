import type { AuthCollection } from '@cardea/collections'
import { bumpEpoch, type FactorClaim } from '@cardea/identity'
import { forgiveFactorAttempts } from '@cardea/identity/later'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { MfaActor, NewBackupCodes } from '../../api/mfa.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertFresh } from '../fresh.js'
import { invalidInput } from '../invalid-input.js'
import { lookUpSession } from '../look-up-session.js'
import { raised } from './assurance.js'
import { claimFactor, type FactorOwner, tellOwner, withFactor } from './attempt.js'
import { changeInSession } from './change-in-session.js'
import { alreadyEnrolled, assertMfaEnabled } from './enroll.js'
import { deadTicket, type HeldTicket, tryTicket } from './ticket.js'

/** Puts a generator to use by its first code. Everything that was issued before ends, but what asked. */
export async function activateFactor(
  services: Services,
  collection: AuthCollection,
  actor: MfaActor,
  code: string,
  context: ClientDetails,
): Promise<NewBackupCodes> {
  if (typeof code !== 'string') {
    throw invalidInput([{ path: 'code', code: 'invalid_type', message: 'must be of type string' }])
  }
  return 'ticket' in actor
    ? await activateByTicket(services, collection, await tryTicket(services, collection, actor.ticket), code, context)
    : await activateInSession(services, collection, actor, code, context)
}

async function activateInSession(
  services: Services,
  collection: AuthCollection,
  caller: SessionAuthentication,
  code: string,
  context: ClientDetails,
): Promise<NewBackupCodes> {
  await assertMfaEnabled(services, collection, caller)
  const authentication = await lookUpSession(services, caller)
  assertFresh(services, collection, authentication)
  const owner = { collection, principalId: authentication.principalId }
  const claim = await claimEnrolment(services, owner, code)
  const change = {
    assurance: raised(authentication.session.amr, claim.kind),
    work: (transaction: StorageOperations) => activate(services, transaction, owner, claim, context),
  }
  const { result, ...renewed } = await changeInSession(services, owner, authentication, change, context)
  report(services, owner)
  return { ...renewed, backupCodes: result }
}

/** The first proof stands for a session; the ticket lives on, so that the next code completes the sign-in. */
async function activateByTicket(
  services: Services,
  collection: AuthCollection,
  { pending, principal, first }: HeldTicket,
  code: string,
  context: ClientDetails,
): Promise<NewBackupCodes> {
  if (!first.enrolls) throw alreadyEnrolled()
  const owner = { collection, principalId: principal.id }
  const claim = await claimEnrolment(services, owner, code)
  const backupCodes = await withFactor(services, owner, async (transaction) => {
    const epoch = await bumpEpoch(transaction, principal.id, { expectedEpoch: principal.epoch })
    if (epoch === undefined || !(await services.verifications.carryOver(transaction, pending, epoch))) {
      throw deadTicket()
    }
    const codes = await activate(services, transaction, owner, claim, context)
    await services.sessions.withOperations(transaction).revokeAll(principal.id)
    return codes
  })
  report(services, owner)
  return { backupCodes, cookieMaxAgeSeconds: 0 }
}

const claimEnrolment = (services: Services, owner: FactorOwner, code: string): Promise<FactorClaim> =>
  claimFactor(services, owner, () => services.factors.checkEnrolment(services.storage, owner.principalId, code))

async function activate(
  services: Services,
  transaction: StorageOperations,
  owner: FactorOwner,
  claim: FactorClaim,
  context: ClientDetails,
): Promise<readonly string[]> {
  const backupCodes = await services.factors.activate(transaction, claim)
  if (backupCodes === undefined) throw alreadyEnrolled()
  await forgiveFactorAttempts(services.throttle, transaction, owner.principalId)
  await tellOwner(services, transaction, owner, 'mfa_enabled', context)
  return backupCodes
}

function report(services: Services, { collection, principalId }: FactorOwner): void {
  services.emit({ type: 'mfa.enabled', at: services.clock(), collection: collection.name, principalId })
}
