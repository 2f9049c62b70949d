import { normalizeEmail } from '@cardea/core'
import type { MailMessage } from 'cardea'

/** Mails that the instance has sent. Each look at them first sends what is due, as `settle()` does. */
export interface TestMails {
  /** All, the first one first; those to an address, where one is given. */
  readonly all: (to?: string) => Promise<readonly MailMessage[]>
  /** The newest, or the newest to an address. */
  readonly last: (to?: string) => Promise<MailMessage | undefined>
  /** The code in the newest mail to an address that has one. @throws Error where there is none. */
  readonly codeFor: (to: string) => Promise<string>
  /** The link in the newest mail to an address that has one with a token. @throws Error where there is none. */
  readonly linkFor: (to: string) => Promise<string>
  /** The token of that link. @throws Error where there is none. */
  readonly tokenFor: (to: string) => Promise<string>
  /** Forgets those that were sent. */
  readonly clear: () => void
}

/** A transport that keeps what it gets, and what looks into it. */
export function createTestMails(settle: () => Promise<void>): {
  readonly mails: TestMails
  readonly send: (message: MailMessage) => Promise<void>
} {
  const sent: MailMessage[] = []
  const all = async (to?: string): Promise<readonly MailMessage[]> => {
    await settle()
    if (to === undefined) return [...sent]
    const address = normalizeEmail(to) ?? to
    return sent.filter((message) => message.to === address)
  }
  const newest = async (to: string, what: string, find: (text: string) => string | undefined): Promise<string> => {
    const found = await all(to)
    for (const { text } of found.toReversed()) {
      const match = find(text)
      if (match !== undefined) return match
    }
    // Tests alone read this, of an address of theirs.
    throw new Error(`None of the ${found.length} mails to ${to} has ${what}.`)
  }
  const linkFor = (to: string): Promise<string> => newest(to, 'a link with a token', linkIn)
  return {
    send: async (message) => {
      sent.push(message)
    },
    mails: Object.freeze<TestMails>({
      all,
      last: async (to) => (await all(to)).at(-1),
      codeFor: (to) => newest(to, 'a code', codeIn),
      linkFor,
      tokenFor: async (to) => tokenOf(await linkFor(to)) ?? '',
      clear: () => {
        sent.length = 0
      },
    }),
  }
}

/** Six digits that stand alone, and in no link. */
const codeIn = (text: string): string | undefined =>
  text.replace(/https?:\/\/\S+/g, '').match(/(?<![\w-])\d{6}(?![\w-])/)?.[0]

const linkIn = (text: string): string | undefined =>
  text.match(/https?:\/\/[^\s<>"]+/g)?.find((link) => tokenOf(link) !== undefined)

/** In the fragment, or in the query for pages without JavaScript. */
function tokenOf(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined
  const { hash, searchParams } = new URL(link)
  return new URLSearchParams(hash.slice(1)).get('token') ?? searchParams.get('token') ?? undefined
}
