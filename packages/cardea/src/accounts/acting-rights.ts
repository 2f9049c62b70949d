import type { Subject } from '@cardea/permissions'
import type { Services } from '../services/services.js'
import { coversSubject } from './key-rights.js'

/**
 * What somebody may do who acts as another: nothing that it may not do itself, at the time that it is asked. That the actor
 * had all rights of the other was true when it began; a role may have come to mean more since, or less.
 *
 * @param other The rights of whom it acts as. They stay whole where the actor still has them all.
 */
export async function limitToActor(
  services: Pick<Services, 'policy'>,
  other: Subject<string>,
  actor: Subject<string>,
): Promise<Subject<string>> {
  if (actor.bypass) return other
  if (!actor.canUnchecked('impersonation:create')) return other.restrict([])
  const labels = (await services.policy.listPermissions()).map(({ label }) => label)
  return coversSubject(actor, other, labels) ? other : other.restrict(actor.list())
}
