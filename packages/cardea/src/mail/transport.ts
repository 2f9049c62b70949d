import { CardeaError } from '@cardea/core'
import type { MailAddress, MailMessage } from './message.js'
import { parseMailbox } from './message.js'
import type { MailOptions } from './options.js'

/** What sends, however it was configured. */
export interface MailTransport {
  /**
   * Loads what is needed to send; connects to nothing.
   *
   * @throws CardeaError `configuration_invalid` where `nodemailer` is needed and is not installed.
   */
  load(): Promise<void>
  send(message: MailMessage): Promise<void>
  close(): Promise<void>
}

/** The part of nodemailer's transporter that is used. */
interface Transporter {
  sendMail(message: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

/** Makes nodemailer's transporter; handed in so that tests can do without the package. */
export type LoadNodemailer = () => Promise<{
  readonly createTransport: (options: Readonly<Record<string, unknown>>) => Transporter
}>

/** A peer that only those need who send by SMTP. */
const loadNodemailer: LoadNodemailer = async () => {
  const { createTransport } = await import('nodemailer')
  return { createTransport }
}

export function openTransport(
  transport: MailOptions['transport'],
  timeoutMilliseconds: number,
  load: LoadNodemailer = loadNodemailer,
): MailTransport {
  if (typeof transport === 'function') {
    return {
      load: async () => undefined,
      send: async (message) => {
        await transport(message)
      },
      close: async () => undefined,
    }
  }
  let opened: Promise<Transporter> | undefined
  const open = (): Promise<Transporter> => {
    opened ??= load().then(
      ({ createTransport }) => createTransport(settingsOf(transport, timeoutMilliseconds)),
      (cause: unknown) => {
        opened = undefined
        throw new CardeaError(
          'configuration_invalid',
          'createCardea: mail.transport needs the package nodemailer: run `npm install nodemailer`, or pass a function',
          { cause },
        )
      },
    )
    return opened
  }
  return {
    load: async () => {
      await open()
    },
    send: async (message) => {
      await (await open()).sendMail(envelopeOf(message))
    },
    close: async () => {
      const transporter = await opened?.catch(() => undefined)
      transporter?.close()
    },
  }
}

/** So that nodemailer's sockets end when we have given up on them. */
function settingsOf(
  transport: string | Readonly<Record<string, unknown>>,
  timeoutMilliseconds: number,
): Readonly<Record<string, unknown>> {
  return {
    connectionTimeout: timeoutMilliseconds,
    greetingTimeout: timeoutMilliseconds,
    socketTimeout: timeoutMilliseconds,
    ...(typeof transport === 'string' ? { url: transport } : transport),
  }
}

/** Addresses as parts that are not parsed again, and an envelope of their own: who gets the mail is not read from headers. */
function envelopeOf({ from, to, subject, text, html, headers }: MailMessage): Readonly<Record<string, unknown>> {
  const sender: MailAddress = parseMailbox(from) ?? { name: '', address: from }
  return {
    from: sender,
    to: { name: '', address: to },
    envelope: { from: sender.address, to: [to] },
    subject,
    text,
    html,
    headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
