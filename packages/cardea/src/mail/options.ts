import type { MailKind } from './kinds.js'
import type { MailLinks } from './links.js'
import type { MailMessage, MailTemplates } from './message.js'

/** Sends a message. A rejection is a failure; the message is tried again later. */
export type SendMail = (message: MailMessage) => Promise<unknown>

/** How the mails of one collection differ. */
export interface CollectionMailOptions {
  readonly from?: string
  readonly templates?: MailTemplates
}

/** What a locale is chosen by. */
export interface MailSubject {
  readonly collection: string
  /** Undefined where the mail goes to nobody's account. */
  readonly principalId: string | undefined
  readonly kind: MailKind
}

/** How mails are sent, and what they say. */
export interface MailOptions {
  /**
   * What sends: the URL of a server (`smtp://user:password@mail.example:587`, `smtps://…`), options of nodemailer's
   * `createTransport`, or a function. The first two need the package `nodemailer` in the app.
   */
  readonly transport: string | Readonly<Record<string, unknown>> | SendMail
  /** Who mails come from: `no-reply@app.example`, or `App <no-reply@app.example>`. */
  readonly from: string
  /** Texts in place of the built-in English ones, by kind. */
  readonly templates?: MailTemplates
  /** What is different for a collection, by its name. What is left out is as for all. */
  readonly collections?: Readonly<Record<string, CollectionMailOptions>>
  /** Which language a mail should be in; handed to templates as `data.locale`. */
  readonly locale?: (about: MailSubject) => string | undefined | Promise<string | undefined>
  /** Where the app's pages are that links lead to. */
  readonly links?: MailLinks
  /** How long sending one mail may take, 1 to 60 seconds. Default 15. */
  readonly timeoutSeconds?: number
}
