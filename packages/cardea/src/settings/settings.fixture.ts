import { randomUUID } from 'node:crypto'
import { outbox } from '@cardea/storage'
import { createTestProvider } from '../accounts/oauth/oauth.fixture.js'
import type { TestDatabase } from '../databases.fixture.js'
import type { MailKind } from '../mail/kinds.js'
import { createMailbox } from '../mail/mailbox.js'
import { createTestCardea } from '../testing.fixture.js'

export const password = 'a good password'

let people = 0
/** An address that nobody has. */
export const fresh = (): string => {
  people += 1
  return `somebody${people}@example.com`
}

/** One node: an instance with a provider and a mailbox of its own. */
export function createNode(storage: TestDatabase['nodes'][number]) {
  const provider = createTestProvider('company', { lenient: true })
  const mailbox = createMailbox()
  const more = {
    baseUrl: 'https://shop.example',
    mail: { transport: mailbox.send, from: 'Shop <shop@example.com>' },
    oauth: { providers: [provider.provider], collections: { customers: ['company'] } },
  }
  return { ...createTestCardea({ storage, more }), provider, mailbox }
}

export type Node = ReturnType<typeof createNode>

/** Signs somebody up who has never been there. */
export async function join({ auth }: Node, email = fresh()) {
  const registered = await auth.collections.customers.register({ email, password })
  if (registered.status !== 'signed_in') throw new Error(registered.status)
  return { email, id: registered.signIn.user.id, ...registered.signIn }
}

/** Comes back from the provider as somebody whom it knows by an address. */
export async function comeFromProvider({ auth, provider }: Node, email: string) {
  const { oauth } = auth.collections.customers
  const { url, state, browserToken } = await oauth.begin({ provider: 'company' })
  const code = provider.agree(url, { subject: `subject of ${email}`, email, emailVerified: true, name: undefined })
  return await oauth.callback({ provider: 'company', params: { state, code }, browserToken })
}

/** What work has led to: `done`, or the code of its error. */
export const outcomeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    (error: { readonly code?: string }) => error.code ?? String(error),
  )

type Sender = Pick<Node, 'auth' | 'storage' | 'clock' | 'settle'>

/**
 * Has a mail of a kind sent to somebody who is new: by what asks for it where the mail needs a secret, else as a notice that waits to be
 * sent.
 *
 * @returns The address that it goes to.
 */
export async function sendMailOf({ auth, storage, clock, settle }: Sender, kind: MailKind, collection: string) {
  const people = await auth.findCollection(collection)
  if (people === undefined) throw new Error(collection)
  let to = fresh()
  const signUp = async (): Promise<string> => {
    const registered = await people.register({ email: to, password })
    if (registered.status !== 'signed_in') throw new Error(registered.status)
    return registered.signIn.accessToken ?? ''
  }
  if (kind === 'invitation') await people.invitations.create({ email: to })
  else if (kind === 'verification' || kind === 'password_reset' || kind === 'otp') {
    await signUp()
    if (kind === 'verification') await people.requestVerification(to)
    else if (kind === 'otp') await people.requestOtp(to)
    else await people.requestPasswordReset(to)
  } else if (kind === 'email_change') {
    const accessToken = await signUp()
    const verified = await auth.sessions.verify({ accessToken }, { collections: [collection] })
    if (!verified.authenticated || verified.authentication.session === undefined) throw new Error('not signed in')
    to = fresh()
    await people.requestEmailChange(verified.authentication, { newEmail: to, password })
  } else {
    const at = { due_at: clock.now(), created_at: clock.now() }
    await storage.insert(outbox, { id: randomUUID(), kind, collection, recipient: to, payload: null, ...at })
  }
  await auth.jobs.run()
  await settle()
  return to
}
