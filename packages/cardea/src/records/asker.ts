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
  const [{ subject, isLimited }, recordId] = await Promise.all([rightsBehind(services, by), recordIdOf(services, by)])
  return askerOf({ by, subject, recordId }, isLimited)
}

/**
 * Who writes: nobody who acts as somebody else, and no token of a session that has ended.
 *
 * @throws CardeaError `forbidden`, `session_revoked`.
 */
export async function findWriter(services: Services, by: Authentication | null | undefined): Promise<Asker> {
  return await findReader(services, by === null ? null : await admit(services, by))
}

/** Whoever changes something within a transaction, with the rights that it has there: nobody who acts as somebody else. */
export const askerWithin = (acting: Acting): Asker => askerOf(acting, isScoped(acting.by))

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

/** @param scoped Whether it has a part of the rights of whom it is, so that rules do not take it for that one. */
function askerOf({ by, subject, recordId }: Acting, scoped: boolean): Asker {
  const caller: RecordCaller = {
    collection: by.collection,
    recordId,
    scoped,
    can: (permission) => subject.canUnchecked(permission),
  }
  return { kind: 'principal', by, caller }
}

const isScoped = ({ apiKey }: Authentication): boolean => apiKey !== undefined && apiKey.scopes !== null

interface Rights {
  readonly subject: Subject<string>
  /** Whether they are a part of those of whom it is. */
  readonly isLimited: boolean
}

/** No statement while the roles of the principal are known as of the versions that came with its credential. */
async function rightsBehind(
  services: Services,
  { principalId, versions, apiKey, session }: Authentication,
): Promise<Rights> {
  const find = (id: string, seen: Authentication['versions']): Promise<Subject<string>> =>
    seen === undefined ? services.subjects.get(id) : subjectOf(services, id, seen)
  const owner = await find(principalId, versions)
  const actorId = session?.actorId ?? null
  const scopes = apiKey?.scopes ?? null
  if (actorId !== null) {
    const subject = await limitToActor(services, owner, await find(actorId, undefined))
    return { subject, isLimited: subject !== owner }
  }
  return scopes === null ? { subject: owner, isLimited: false } : { subject: owner.restrict(scopes), isLimited: true }
}
