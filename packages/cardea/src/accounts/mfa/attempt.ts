import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { FactorCheck, FactorClaim } from '@cardea/identity'
import { forgiveFactorAttempts, takeFactorAttempt } from '@cardea/identity/later'
import type { ClientDetails } from '@cardea/sessions'
import type { StorageOperations } from '@cardea/storage'
import type { Services } from '../../services/services.js'
import { countAtAccount } from '../lock.js'
import { sendNotice } from '../notices.js'

/** Whose second factors they are. */
export interface FactorOwner {
  readonly collection: AuthCollection
  readonly principalId: string
}

/** The budget of five minutes gives out one more attempt in each. */
const retryAfterSeconds = 60

/**
 * Has a code looked at, after the attempt was counted.
 *
 * @returns What is yet to be used up, by {@link consumeFactor}.
 * @throws CardeaError `rate_limited`, `mfa_invalid`, `unavailable`.
 */
export async function claimFactor(
  services: Services,
  owner: FactorOwner,
  check: () => Promise<FactorCheck>,
): Promise<FactorClaim> {
  if (!(await takeFactorAttempt(services.throttle, services.storage, owner.principalId))) {
    throw new CardeaError('rate_limited', 'Too many codes were tried. Wait before the next one.', { retryAfterSeconds })
  }
  const checked = await check()
  if (checked.fits) return checked.claim
  throw await refuseFactor(services, owner, checked.reason)
}

/**
 * Uses a code up, and lets its owner go on at once. The owner is told of a backup code.
 *
 * @throws UsedFactor when it does not count; the transaction of {@link withFactor} ends with it.
 */
export async function consumeFactor(
  services: Services,
  transaction: StorageOperations,
  owner: FactorOwner,
  claim: FactorClaim,
  context: ClientDetails,
): Promise<void> {
  if (!(await services.factors.consume(transaction, claim))) throw new UsedFactor()
  await forgiveFactorAttempts(services.throttle, transaction, owner.principalId)
  if (claim.kind !== 'backup_code') return
  const { backupCodesRemaining } = await services.factors.find(transaction, owner.principalId)
  await tellOwner(services, transaction, owner, 'backup_code_used', context, { remaining: backupCodesRemaining })
}

/** Has the owner told of a change; the mail goes out with the end of {@link withFactor}. */
export async function tellOwner(
  services: Services,
  transaction: StorageOperations,
  { collection, principalId }: FactorOwner,
  kind: 'mfa_enabled' | 'mfa_disabled' | 'backup_code_used',
  context: ClientDetails,
  details: Readonly<Record<string, number>> = {},
): Promise<void> {
  if (!services.mail.enabled) return
  const record = await services.records.find(transaction, collection, principalId)
  if (record === undefined) return
  await sendNotice(services, transaction, { kind, collection: collection.name, record, context, details })
}

/** Ends the transaction in which a code turned out to be wrong, or used. */
class UsedFactor extends Error {}

/**
 * Runs a transaction that uses a code up, and sends the mails that it has written.
 *
 * @throws CardeaError `mfa_invalid` when the code does not count: nothing has happened then.
 */
export async function withFactor<Result>(
  services: Services,
  owner: FactorOwner,
  work: (transaction: StorageOperations) => Promise<Result>,
): Promise<Result> {
  try {
    const result = await services.storage.transaction(work)
    services.mail.kick()
    return result
  } catch (error) {
    if (!(error instanceof UsedFactor)) throw error
    throw await refuseFactor(services, owner, 'used_or_unknown')
  }
}

/** Counts and reports a wrong code. @returns The error for it, which does not say why. */
async function refuseFactor(
  services: Services,
  { collection, principalId }: FactorOwner,
  reason: string,
): Promise<CardeaError> {
  await countAtAccount(services, collection, { id: principalId }, {})
  services.emit({ type: 'mfa.failed', at: services.clock(), collection: collection.name, principalId, reason })
  return new CardeaError('mfa_invalid', 'The code is not right.')
}
