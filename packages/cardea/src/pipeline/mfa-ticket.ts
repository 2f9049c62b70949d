import { CardeaError, type MfaChallenge } from '@cardea/core'
import type { PendingVerification } from '@cardea/identity'
import type { SignInContext } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import type { Proof, SignInMethod } from './proof.js'

/** NIST SP 800-63B-4 §3.2.9 has ten minutes for what is sent out of band; nobody needs longer for a code from a phone. */
const ticketLifetimeSeconds = 600

/** What a ticket stands for: the first proof, which waits for the second. */
export interface MfaTicket {
  readonly firstMethod: SignInMethod
  readonly provedAt: number
  /** Whether there was no second factor when the ticket was made, so that it may be used to set one up. */
  readonly enrolls: boolean
  /** What was asked with the first proof; absent where nothing was. */
  readonly rememberMe?: boolean | undefined
}

/** Keeps a first proof until the second comes. The ticket is no session: it opens the second step and nothing else. */
export async function issueTicket(
  services: Services,
  proof: Proof,
  { rememberMe }: Pick<SignInContext, 'rememberMe'>,
  operations = services.storage as Parameters<Services['verifications']['issueToken']>[0],
): Promise<MfaChallenge> {
  const { principal, collection, methods, provedAt } = proof
  const enrolls = principal.secondFactors === 0
  const bound: MfaTicket = {
    firstMethod: methods[0],
    provedAt,
    enrolls,
    ...(rememberMe === undefined ? {} : { rememberMe }),
  }
  const { token, expiresAt } = await services.verifications.issueToken(operations, {
    purpose: 'mfa_ticket',
    collection: collection.name,
    subject: principal.id,
    // Several sign-ins may be under way.
    flowId: services.createId(),
    principal: { id: principal.id, epoch: principal.epoch },
    bound,
    lifetimeSeconds: ticketLifetimeSeconds,
  })
  return { token, expiresAt, methods: enrolls ? [] : ['totp', 'backup_code'], enrollmentRequired: enrolls }
}

/** Reads what {@link issueTicket} has kept. */
export function readTicket({ bound }: PendingVerification): MfaTicket {
  if (typeof bound === 'object' && bound !== null && 'firstMethod' in bound) {
    // Only `issueTicket` writes this purpose.
    return bound as MfaTicket
  }
  throw new CardeaError('internal_error', 'A ticket is not what it was made as.')
}
