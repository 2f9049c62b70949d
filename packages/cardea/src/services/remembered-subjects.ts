import { RecentMap } from '@cardea/core'
import type { Clock } from '@cardea/core/crypto'
import type { Subject } from '@cardea/permissions'
import type { StoredPolicy } from '@cardea/permissions/stored'

/**
 * How old an answer may be where no session is read and so no version is seen: the 60 seconds within which ModulaCMS
 * documents changes of permissions to take effect. After that it is read again, or nothing is allowed.
 */
const maximumAgeMilliseconds = 60_000
const maximumRemembered = 10_000

/** Subjects for requests that carry no versions, as in stateless mode. */
export interface RememberedSubjects {
  get(principalId: string): Promise<Subject<string>>
  /** Forgets what this node has changed itself. */
  forget(principalId: string): void
}

interface Remembered {
  readonly subject: Subject<string>
  /** The subject as the promise that callers get, made once. */
  readonly answer: Promise<Subject<string>>
  readonly readAt: number
}

export function createRememberedSubjects(policy: StoredPolicy<string>, clock: Clock): RememberedSubjects {
  const remembered = new RecentMap<string, Remembered>(maximumRemembered)
  const read = async (principalId: string, readAt: number): Promise<Subject<string>> => {
    const answer = policy.subject(principalId)
    const subject = await answer
    remembered.set(principalId, { subject, answer, readAt })
    return subject
  }
  return {
    get(principalId) {
      const known = remembered.get(principalId)
      const now = clock()
      return known !== undefined && isFresh(known, now) ? known.answer : read(principalId, now)
    },
    forget(principalId) {
      remembered.delete(principalId)
    },
  }
}

/** Also when the clock was put back: an answer from the future is none. */
function isFresh({ subject, readAt }: Remembered, now: number): boolean {
  const age = now - readAt
  return age >= 0 && age < maximumAgeMilliseconds && (subject.validUntil === null || now < subject.validUntil)
}

/** Remembers nothing: inside the app's transaction, where what is read may never come true. */
export const unrememberedSubjects = (policy: StoredPolicy<string>): RememberedSubjects => ({
  get: (principalId) => policy.subject(principalId),
  forget: () => undefined,
})
