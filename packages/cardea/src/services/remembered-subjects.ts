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
  /** Forgets all: somebody else has changed something. */
  forgetAll(): void
}

interface Remembered {
  readonly subject: Subject<string>
  /** The subject as the promise that callers get, made once. */
  readonly answer: Promise<Subject<string>>
  readonly readAt: number
}

export function createRememberedSubjects(policy: StoredPolicy<string>, clock: Clock): RememberedSubjects {
  let remembered = new RecentMap<string, Remembered>(maximumRemembered)
  /** What is being read, for all who ask meanwhile. What is forgotten while it is read is read again by whoever comes then. */
  let reading = new Map<string, Promise<Subject<string>>>()
  const read = (principalId: string, readAt: number): Promise<Subject<string>> => {
    const [into, among] = [remembered, reading]
    const answer = policy.subject(principalId)
    among.set(principalId, answer)
    const isCurrent = (): boolean => among.get(principalId) === answer
    answer.then(
      (subject) => {
        if (!isCurrent()) return
        among.delete(principalId)
        into.set(principalId, { subject, answer, readAt })
      },
      () => {
        if (isCurrent()) among.delete(principalId)
      },
    )
    return answer
  }
  return {
    get(principalId) {
      const known = remembered.get(principalId)
      const now = clock()
      if (known !== undefined && isFresh(known, now)) return known.answer
      return reading.get(principalId) ?? read(principalId, now)
    },
    forget(principalId) {
      remembered.delete(principalId)
      reading.delete(principalId)
    },
    forgetAll() {
      remembered = new RecentMap<string, Remembered>(maximumRemembered)
      reading = new Map()
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
  forgetAll: () => undefined,
})
