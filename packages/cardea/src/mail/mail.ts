import type { StorageOperations } from '@cardea/storage'
import type { MailJobs } from './jobs.js'
import type { MailKind, MailPayloads } from './kinds.js'
import type { LinkKind } from './links.js'

/** A mail that is to be sent. */
export interface NewMailJob<Kind extends MailKind = MailKind> {
  readonly kind: Kind
  readonly collection: string
  /** The address that it goes to, or the key by which the preparer looks for an account; at most 255 characters. */
  readonly recipient: string
  /** Which request it belongs to, as for a code. At most 64 characters. */
  readonly flowId?: string
  /** Kept encrypted, and only until the mail is sent or given up. */
  readonly payload?: MailPayloads[Kind]
}

/** Mails as the other operations see them. */
export interface Mail {
  /** Whether there is a transport. */
  readonly enabled: boolean
  /**
   * Refuses what cannot work without mail. To be asked before anything else that a method does.
   *
   * @throws CardeaError `method_disabled` where there is no transport.
   */
  assertEnabled(): void
  /**
   * Writes a job: exactly one insert, for whichever address. {@link Mail.kick} once that is committed.
   *
   * Without a transport a notice is left out, and nothing is written.
   *
   * @param operations Where to write; the transaction of what the mail is about, if there is one.
   * @throws CardeaError `method_disabled` where there is no transport and the mail is what the method is about.
   */
  enqueue<Kind extends MailKind>(operations: StorageOperations, job: NewMailJob<Kind>): Promise<void>
  /** Sends what is due, in the background and after the answer, so it comes last; inside the app's transaction, once it is told of the commit. */
  kick(): void
  /** The page of the app that a token is for, from the base URL and the option `mail.links` alone. */
  link(kind: LinkKind, collection: string, token: string): string
  readonly jobs: MailJobs
  /**
   * Loads what sending takes.
   *
   * @throws CardeaError `configuration_invalid` where a package is missing.
   */
  load(): Promise<void>
  /** Begins to end: what is due is worked on for a few seconds more. */
  windDown(): void
  /** Ends what was opened, once the jobs under way are done. */
  close(): Promise<void>
}

/** Holds the kicks back until the jobs are known to be there. */
export function holdKicks(mail: Mail): { readonly mail: Mail; readonly flush: () => void } {
  let held = false
  return {
    mail: {
      ...mail,
      enqueue: async (operations, job) => {
        await mail.enqueue(operations, job)
        held = true
      },
      kick: () => {
        held = true
      },
    },
    flush() {
      if (!held) return
      held = false
      mail.kick()
    },
  }
}
