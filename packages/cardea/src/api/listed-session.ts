import type { SessionView } from '@cardea/sessions'

/** A session in a list. */
export interface ListedSession extends SessionView {
  /** Browser and system, such as `Firefox on Windows`, by the user agent; null where neither is known. */
  readonly device: string | null
}
