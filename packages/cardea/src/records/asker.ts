import type { RecordCaller } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'
import type { Subject } from '@cardea/permissions'
import { limitToActor } from '../accounts/acting-rights.js'
import { subjectOf } from '../accounts/user-view.js'
import type { Authentication } from '../api/sign-in.js'
import type { Services } from '../services/services.js'
import { type Acting, admit } from '../users/actor.js'
import { recordIdOf } from './record-id.js'

/** Who asks for records: the app itself, somebody who has not signed in, or a principal. */
export type Asker =
  | { readonly kind: 'app' }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'principal'; readonly by: Authentication; readonly caller: RecordCaller }

const app: Asker = Object.freeze({ kind: 'app' })
const nobody: Asker = Object.freeze({ kind: 'nobody' })

/** Who reads, with the rights that came with its credential. */
export async function findReader(services: Services, by: Authentication | null | undefined): Promise<Asker> {
  if (by === undefined) return app
  if (by === null) return nobody
  const [subject, recordId] = await Promise.all([subjectBehind(services, by), recordIdOf(services, by)])
  return askerOf({ by, subject, recordId })
}

/**
 * Who writes: nobody who acts as somebody else, and no token of a session that has ended.
 *
 * @throws CardeaError `forbidden`, `session_revoked`.
 */
export async function findWriter(services: Services, by: Authentication | null | undefined): Promise<Asker> {
  return await findReader(services, by === null ? null : await admit(services, by))
}

/** Whoever acts within a transaction, with the rights that it has there. */
export const askerWithin = (acting: Acting): Asker => askerOf(acting)

/** Who an event names; undefined for the app and for somebody who has not signed in. */
export const namedBy = (asker: Asker): Authentication | undefined => (asker.kind === 'principal' ? asker.by : undefined)

/**
 * What is done to principals takes somebody who is one.
 *
 * @throws CardeaError `unauthenticated`
 */
export function requireSomebody(asker: Asker): Authentication | undefined {
  if (asker.kind === 'nobody') throw new CardeaError('unauthenticated', 'Sign in first.')
  return namedBy(asker)
}

function askerOf({ by, subject, recordId }: Acting): Asker {
  const caller: RecordCaller = {
    collection: by.collection,
    recordId,
    scoped: by.apiKey !== undefined && by.apiKey.scopes !== null,
    can: (permission) => subject.canUnchecked(permission),
  }
  return { kind: 'principal', by, caller }
}

/** No statement while the roles of the principal are known as of the versions that came with its credential. */
async function subjectBehind(
  services: Services,
  { principalId, versions, apiKey, session }: Authentication,
): Promise<Subject<string>> {
  const find = (id: string, seen: Authentication['versions']): Promise<Subject<string>> =>
    seen === undefined ? services.subjects.get(id) : subjectOf(services, id, seen)
  const owner = await find(principalId, versions)
  const actorId = session?.actorId ?? null
  if (actorId !== null) return await limitToActor(services, owner, await find(actorId, undefined))
  const scopes = apiKey?.scopes ?? null
  return scopes === null ? owner : owner.restrict(scopes)
}
