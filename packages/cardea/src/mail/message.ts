import { normalizeEmail } from '@cardea/core'
import type { SafeHtml } from './html.js'
import type { MailContents, MailKind } from './kinds.js'

/** A mail as a transport gets it. Every text in it is safe where it stands: no line break in address, subject or header. */
export interface MailMessage {
  /** Who it comes from, as the option `mail.from` says: `no-reply@app.example`, or `App <no-reply@app.example>`. */
  readonly from: string
  /** Exactly one address, in its normal form. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** What a template makes. */
export interface MailTexts {
  readonly subject: string
  readonly text: string
  /** Markup, best made with `html`, which escapes. */
  readonly html: string | SafeHtml
}

/** What every template is told beside what its kind of mail says. */
export interface MailBasics {
  /** The name of the app. */
  readonly appName: string
  /** The collection of the account. */
  readonly collection: string
  /** What `mail.locale` answered. */
  readonly locale: string | undefined
  /**
   * What the account's owner calls itself, where that is known. Whoever registers chooses it, also with somebody else's
   * address: escape it, and do not show it in a mail to an address that is not verified.
   */
  readonly name: string | undefined
}

/** What a template of a kind is told. */
export type MailData<Kind extends MailKind> = MailBasics & MailContents[Kind]

/** Makes the texts of one kind of mail. */
export type MailTemplate<Kind extends MailKind> = (data: MailData<Kind>) => MailTexts | Promise<MailTexts>

/** Templates by kind. */
export type MailTemplates = { readonly [Kind in MailKind]?: MailTemplate<Kind> }

/** A mailbox with or without a name. */
export interface MailAddress {
  readonly name: string
  readonly address: string
}

/** Neither lists nor routes nor comments of RFC 5322: a name and one address. */
const namedAddress = /^([^<>",;:@\\()[\]]{1,100})<([^<>]{1,254})>$/

/** @returns Undefined for everything but one address, alone or as `Name <address>`. */
export function parseMailbox(text: string): MailAddress | undefined {
  if (hasControl(text)) return undefined
  const match = namedAddress.exec(text)
  const address = normalizeEmail(match === null ? text : match[2])
  return address === undefined ? undefined : { name: match?.[1]?.trim() ?? '', address }
}

/** Longer subjects are cut: a line of a mail has at most 998 characters (RFC 5322 §2.1.1), and nobody reads on. */
const maximumSubjectLength = 200

/** One line that reads in one direction, whatever a template or what it was told contains. */
function cleanSubject(subject: string): string {
  const line = subject.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').replaceAll(/\s+/g, ' ')
  return line.trim().slice(0, maximumSubjectLength).toWellFormed()
}

const hasControl = (text: string): boolean => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)

/** So that nobody's machine answers. RFC 3834 §5. */
const headers: MailMessage['headers'] = Object.freeze({ 'Auto-Submitted': 'auto-generated' })

/**
 * Puts a message together.
 *
 * @returns Undefined where the address is not exactly one.
 */
export function composeMessage(from: string, to: string, texts: MailTexts): MailMessage | undefined {
  const address = normalizeEmail(to)
  if (address === undefined) return undefined
  return Object.freeze({
    from,
    to: address,
    subject: cleanSubject(texts.subject),
    text: texts.text,
    html: String(texts.html),
    headers,
  })
}
