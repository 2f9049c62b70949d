import type { AuthCollection } from '@cardea/collections'
import { CardeaError } from '@cardea/core'
import type { PendingVerification, PrincipalState } from '@cardea/identity'
import { type MfaTicket, readTicket } from '../../pipeline/mfa-ticket.js'
import type { Services } from '../../services/services.js'

/** A ticket that is good: whose it is, and the first proof that it keeps. */
export interface HeldTicket {
  readonly pending: PendingVerification
  readonly principal: PrincipalState
  readonly first: MfaTicket
}

/** Finds what a ticket stands for. Nothing is used up. @throws CardeaError `token_invalid`, whatever the reason. */
export async function findTicket(services: Services, collection: AuthCollection, ticket: string): Promise<HeldTicket> {
  const expected = { purpose: 'mfa_ticket', collection: collection.name } as const
  const pending = await services.verifications.findByToken(services.storage, ticket, expected)
  if (pending?.principal === undefined) throw deadTicket()
  return { pending, principal: pending.principal, first: readTicket(pending) }
}

/** The same for a code that goes with it, which is counted on the ticket before it is looked at. */
export async function tryTicket(services: Services, collection: AuthCollection, ticket: string): Promise<HeldTicket> {
  const held = await findTicket(services, collection, ticket)
  if (!(await services.verifications.countAttempt(services.storage, held.pending))) throw deadTicket()
  return held
}

export const deadTicket = (): CardeaError =>
  new CardeaError('token_invalid', 'The sign-in is over or was never begun: start again.')
