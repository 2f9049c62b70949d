import type { AuthCollection } from '@cardea/collections'
import { CardeaError, isCardeaError } from '@cardea/core'
import { findPrincipal, lockPrincipal } from '@cardea/identity'
import { findByIdentity } from '@cardea/identity/later'
import type { ClientDetails, SessionView } from '@cardea/sessions'
import type { Services } from '../../services/services.js'
import { sendNotice } from '../notices.js'
import type { TakenTransaction } from './transaction.js'
import { emitLinked, noteIdentity, type ProvedIdentity, writeIdentity } from './write-identity.js'

/** Links the account at the provider to whoever began this in a session that goes on. */
export async function linkInSession(
  services: Services,
  collection: AuthCollection,
  transaction: TakenTransaction,
  proved: ProvedIdentity,
  context: ClientDetails,
): Promise<void> {
  const { principal } = await sessionOf(services, transaction)
  const { storage } = services
  const { provider, profile, tokens } = proved
  const owned = { collection, principalId: principal.id }
  try {
    await storage.transaction(async (operations) => {
      await lockPrincipal(operations, principal.id)
      const state = await findPrincipal(operations, principal.id)
      if (state?.active !== true || state.epoch !== principal.epoch) throw ended()
      await writeIdentity(services, operations, owned, proved)
      const record = await services.records.find(operations, collection, principal.id)
      if (record === undefined) throw ended()
      const details = { provider: provider.label }
      await sendNotice(services, operations, {
        kind: 'identity_linked',
        collection: collection.name,
        record,
        context,
        details,
      })
    })
  } catch (error) {
    if (!isCardeaError(error, 'conflict')) throw error
    // Linking twice changes nothing; somebody else's account is not taken away.
    const key = { collection: collection.name, provider: provider.name, subject: profile.subject }
    const linked = await findByIdentity(storage, key)
    if (linked?.principal.id !== principal.id) throw error
    await noteIdentity(services, storage, linked.link.id, profile, tokens)
    return
  }
  services.mail.kick()
  emitLinked(services, collection, principal.id)
}

/** Makes the session fresh in which this began, when the account at the provider is its principal's. */
export async function renewSession(
  services: Services,
  collection: AuthCollection,
  transaction: TakenTransaction,
  { provider, profile }: ProvedIdentity,
): Promise<{ readonly cookieToken?: string; readonly cookieMaxAgeSeconds: number | null }> {
  const { session, principal } = await sessionOf(services, transaction)
  const { storage } = services
  const key = { collection: collection.name, provider: provider.name, subject: profile.subject }
  const linked = await findByIdentity(storage, key)
  if (linked?.principal.id !== principal.id) {
    throw new CardeaError('invalid_credentials', 'The account at the provider is not linked to this one.')
  }
  const { epoch, active } = linked.principal
  const authTime = services.clock()
  const aal = session.aal >= 2 ? 2 : 1
  const renewed = active && (await services.sessions.renewProof(session.id, { amr: session.amr, aal, epoch, authTime }))
  if (!renewed) throw ended()
  services.emit({
    type: 'session.reauthenticated',
    at: authTime,
    collection: collection.name,
    principalId: principal.id,
    sessionId: session.id,
  })
  return (await services.sessions.rotateCookie(session.id)) ?? { cookieMaxAgeSeconds: 0 }
}

/** The session that the intent is for, which must be there still. */
async function sessionOf(
  services: Services,
  { sessionId, principal }: TakenTransaction,
): Promise<{ readonly session: SessionView; readonly principal: NonNullable<TakenTransaction['principal']> }> {
  // One of an earlier epoch is over, though its row may not be gone yet.
  const session = sessionId === null ? undefined : await services.sessions.findLiving(sessionId)
  if (session === undefined || principal === undefined || session.principalId !== principal.id) throw ended()
  return { session, principal }
}

const ended = (): CardeaError => new CardeaError('session_revoked', 'The session has ended.')
