import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { TotpEnrolment } from '@cardea/identity'
import type { MfaActor } from '../../api/mfa.js'
import type { SessionAuthentication } from '../../api/sign-in.js'
import type { Services } from '../../services/services.js'
import { assertAllowed, assertAllowedNow } from '../../settings/effective-settings.js'
import { assertFresh } from '../fresh.js'
import { lookUpSession } from '../look-up-session.js'
import { findTicket } from './ticket.js'

/** Begins to set a generator up. Nothing about signing in changes before a code of it has come. */
export async function enrollFactor(
  services: Services,
  collection: AuthCollection,
  actor: MfaActor,
): Promise<TotpEnrolment> {
  const principalId = await enrollerOf(services, collection, actor)
  const record = await services.records.find(services.storage, collection, principalId)
  if (record === undefined) throw new CardeaError('not_found', 'The account has no record.')
  const enrolment = await services.factors.enroll(services.storage, principalId, {
    issuer: services.config.appName,
    account: String(record['email']),
  })
  if (enrolment === undefined) throw alreadyEnrolled()
  services.emit({ type: 'mfa.enrollment_started', at: services.clock(), collection: collection.name, principalId })
  return enrolment
}

async function enrollerOf(services: Services, collection: AuthCollection, actor: MfaActor): Promise<string> {
  if ('ticket' in actor) {
    const { principal, first } = await findTicket(services, collection, actor.ticket)
    if (!first.enrolls) throw alreadyEnrolled()
    return principal.id
  }
  await assertMfaEnabled(services, collection, actor)
  assertFresh(services, collection, await lookUpSession(services, actor))
  return actor.principalId
}

/** A ticket is proof enough that there are second factors: it was made because one is required. */
export async function assertMfaEnabled(
  services: Services,
  collection: AuthCollection,
  { versions }: SessionAuthentication,
): Promise<void> {
  // A token that was trusted without a look has told of no change.
  await (versions === undefined ? assertAllowedNow : assertAllowed)(
    services,
    collection,
    ({ mfa }) => mfa.enabled,
    'Second factors are not enabled: the setting is `mfa.enabled`.',
  )
}

export const alreadyEnrolled = (): CardeaError =>
  new CardeaError('conflict', 'A second factor is set up already: it has to be taken away first.')
