import type { MailMessage } from './message.js'

/** Mails that were sent to nobody but this list. */
export interface Mailbox {
  /** The transport: `createCardea({ mail: { transport: mailbox.send, … } })`. */
  readonly send: (message: MailMessage) => Promise<void>
  /** The newest first. */
  list(): readonly MailMessage[]
  clear(): void
}

/** The transports of mailboxes: nobody gets what these are given. */
export const mailboxes = new WeakSet<WeakKey>()

/**
 * A transport that keeps mails, for development and tests. What it keeps are secrets: never show them in production.
 *
 * @param options.limit How many are kept; the oldest go first. Default 100.
 * @param options.onMail Told of each, such as to print it.
 */
export function createMailbox(
  options: { readonly limit?: number; readonly onMail?: (message: MailMessage) => void } = {},
): Mailbox {
  const { limit = 100, onMail } = options
  let kept: readonly MailMessage[] = []
  const send = async (message: MailMessage): Promise<void> => {
    kept = [message, ...kept].slice(0, limit)
    onMail?.(message)
  }
  mailboxes.add(send)
  return {
    send,
    list: () => kept,
    clear() {
      kept = []
    },
  }
}
