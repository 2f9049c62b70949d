import { createMailbox, type Mailbox, type MailMessage, type MailOptions } from 'cardea'
import type { Environment } from './environment.ts'

/** Where mails go: to the server of SMTP_URL, or to a list that is kept and printed; in production nowhere without a server. */
export interface DemoMail {
  readonly options: MailOptions | undefined
  /** What to show at /dev/mailbox; undefined where there is nothing to show. */
  readonly mailbox: Mailbox | undefined
}

export function openMail({ production, smtpUrl, mailFrom }: Environment): DemoMail {
  if (smtpUrl !== undefined) return { options: { transport: smtpUrl, from: mailFrom }, mailbox: undefined }
  if (production) return { options: undefined, mailbox: undefined }
  const mailbox = createMailbox({ onMail: print })
  return { options: { transport: mailbox.send, from: mailFrom }, mailbox }
}

function print({ to, subject, text }: MailMessage): void {
  const lines = [`Mail to ${to}: ${subject}`, ...text.trim().split('\n')]
  console.log(lines.join('\n  '))
}
