import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { FactorAttempt, FactorClaim } from '@cardea/identity'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { MfaState, NewBackupCodes, RenewedSession } from '../../api/mfa.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import { requiresSecondFactor } from '../../pipeline/second-factor.js'
import type { Services } from '../../services/services.js'
import { assertFresh, assertOwn } from '../fresh.js'
import { lookUpSession } from '../look-up-session.js'
import { lowered, raised } from './assurance.js'
import { claimFactor, type FactorOwner, tellOwner } from './attempt.js'
import { changeInSession } from './change-in-session.js'

/** What somebody who is signed in has of second factors. */
export async function stateOfFactors(
  services: Services,
  collection: AuthCollection,
  authentication: SessionAuthentication,
): Promise<MfaState> {
  assertOwn(collection, authentication)
  const { totp, backupCodesRemaining } = await services.factors.find(services.storage, authentication.principalId)
  const enabled = totp === 'active'
  return {
    enabled,
    methods: enabled ? ['totp', ...(backupCodesRemaining > 0 ? (['backup_code'] as const) : [])] : [],
    backupCodesRemaining,
    required: await isRequired(services, collection, authentication),
  }
}

/** Makes new backup codes. Those on paper that somebody may have found are worth nothing from then on. */
export async function renewBackupCodes(
  services: Services,
  collection: AuthCollection,
  caller: SessionAuthentication,
  attempt: FactorAttempt,
  context: ClientDetails,
): Promise<NewBackupCodes> {
  const authentication = await lookUpSession(services, caller)
  assertFresh(services, collection, authentication)
  const owner = { collection, principalId: authentication.principalId }
  const claim = await claimCurrent(services, owner, attempt)
  const change = {
    claim,
    assurance: raised(authentication.session.amr, claim.kind),
    work: async (transaction: StorageOperations) => {
      const codes = await services.factors.renewBackupCodes(transaction, owner.principalId)
      if (codes === undefined) throw new CardeaError('conflict', 'There is no second factor.')
      return codes
    },
  }
  const { result, ...renewed } = await changeInSession(services, owner, authentication, change, context)
  report(services, owner, 'mfa.backup_codes_renewed')
  return { ...renewed, backupCodes: result }
}

/** Takes the second factor away. It takes the factor itself: neither a session nor the password is enough. */
export async function disableFactors(
  services: Services,
  collection: AuthCollection,
  caller: SessionAuthentication,
  attempt: FactorAttempt,
  context: ClientDetails,
): Promise<RenewedSession> {
  assertOwn(collection, caller)
  const authentication = await lookUpSession(services, caller)
  if (await isRequired(services, collection, authentication)) {
    throw new CardeaError('forbidden', 'A second factor is required here.')
  }
  const owner = { collection, principalId: authentication.principalId }
  const claim = await claimCurrent(services, owner, attempt)
  const change = {
    claim,
    assurance: lowered(authentication.session.amr),
    work: async (transaction: StorageOperations) => {
      await services.factors.disable(transaction, owner.principalId)
      await tellOwner(services, transaction, owner, 'mfa_disabled', context)
    },
  }
  const { result: _nothing, ...renewed } = await changeInSession(services, owner, authentication, change, context)
  report(services, owner, 'mfa.disabled')
  return renewed
}

const claimCurrent = (services: Services, owner: FactorOwner, attempt: FactorAttempt): Promise<FactorClaim> =>
  claimFactor(services, owner, () => services.factors.check(services.storage, owner.principalId, attempt))

const isRequired = (
  services: Services,
  collection: AuthCollection,
  { principalId, versions }: SessionAuthentication,
): Promise<boolean> => requiresSecondFactor(services, services.settings(collection), principalId, versions)

function report(
  services: Services,
  { collection, principalId }: FactorOwner,
  type: 'mfa.disabled' | 'mfa.backup_codes_renewed',
): void {
  services.emit({ type, at: services.clock(), collection: collection.name, principalId })
}
