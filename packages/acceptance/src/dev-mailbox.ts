import { type Client, textOf } from './client.js'
import { patience } from './patience.js'

/** A mail as the demo lists it. */
interface ListedMail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Mails that a server has sent to an address, the newest first. One node lists only those that it has sent itself. */
async function mailsTo(nodes: readonly Client[], address: string): Promise<readonly ListedMail[]> {
  const answers = await Promise.all(nodes.map((node) => node.get('/dev/mailbox')))
  // The demo lists the mails as Cardea hands them to a transport.
  const listed = answers.flatMap(({ body }) => body as unknown as readonly ListedMail[])
  return listed.filter(({ to }) => to === address)
}

/** What a pattern finds in a mail to an address, which may take a moment to arrive. */
export async function findInMail(
  nodes: readonly Client[],
  address: string,
  pattern: RegExp,
  patienceMilliseconds: number = patience.timeout,
): Promise<string> {
  const deadline = Date.now() + patienceMilliseconds
  while (Date.now() < deadline) {
    for (const { text } of await mailsTo(nodes, address)) {
      const found = pattern.exec(text)?.[1]
      if (found !== undefined) return found
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`no mail with ${textOf(pattern.source)}`)
}

export const codePattern = /^\s*(\d{6})$/m
/** Of the page that a kind of link leads to. */
export const tokenPattern = (page: string): RegExp => new RegExp(`/${page}#token=([\\w.-]{80})`)
