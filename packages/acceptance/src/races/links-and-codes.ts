import { type Answer, type Client, textOf } from '../client.js'
import { codePattern, findInMail, tokenPattern } from '../dev-mailbox.js'
import { type RaceResult, race } from './race.js'

const collection = 'reached_by_mail'
const path = `/api/v1/collections/${collection}/auth`
const password = 'correct horse battery'

/** How often each secret is redeemed at once. */
const attempts = 50

/** Defines the collection whose principals get links and codes. */
export async function defineReachable(client: Client, bearer: string): Promise<void> {
  const definition = { name: collection, type: 'auth', auth: { otp_enabled: true } }
  const { status } = await client.post('/api/v1/collections', definition, { bearer })
  if (status !== 201) throw new Error(`not defined: ${status}`)
}

interface MailRaces {
  readonly results: Readonly<Record<'verification' | 'reset' | 'change' | 'code', RaceResult>>
  /** What signing in is answered with each password that a reset was answered as having set. */
  readonly passwordOfReset: readonly number[]
}

/** Redeems each link and code fifty times at once, in turn on two nodes, each with an account of its own. */
export async function raceLinksAndCodes(nodes: readonly [Client, Client]): Promise<MailRaces> {
  const [client] = nodes
  const onBoth = (work: (node: Client, index: number) => Promise<Answer>): Promise<RaceResult> =>
    race(attempts, (index) => work(index % 2 === 0 ? nodes[0] : nodes[1], index))
  const linkFor = (address: string, page: string) => findInMail(nodes, address, tokenPattern(page))

  const verified = await signUp(client, 'verify@example.com')
  await client.post(`${path}/request-verification`, { email: verified.email })
  const link = await linkFor(verified.email, 'verify-email')
  const verification = await onBoth((node) => node.post(`${path}/confirm-verification`, { token: link }, verified))

  const reset = await signUp(client, 'reset@example.com')
  await client.post(`${path}/request-password-reset`, { email: reset.email })
  const token = await linkFor(reset.email, 'reset-password')
  const wonReset: number[] = []
  const resets = await onBoth(async (node, index) => {
    const answer = await node.post(`${path}/confirm-password-reset`, { token, password: passwordOf(index) })
    if (answer.status === 200) wonReset.push(index)
    return answer
  })
  const signIns = await Promise.all(
    wonReset.map((index) => client.post(`${path}/login`, { email: reset.email, password: passwordOf(index) })),
  )

  const moved = await signUp(client, 'move@example.com')
  const to = 'moved@example.com'
  await client.post(`${path}/me/request-email-change`, { new_email: to, password }, moved)
  const change = await linkFor(to, 'confirm-email-change')
  const changes = await onBoth((node) => node.post(`${path}/me/confirm-email-change`, { token: change }))

  const coded = await signUp(client, 'code@example.com')
  const { body } = await client.post(`${path}/otp/request`, { email: coded.email })
  const code = await findInMail(nodes, coded.email, codePattern)
  const flow = { email: coded.email, code, flow_id: textOf(body['flow_id']) }
  const codes = await onBoth((node) => node.post(`${path}/otp/verify`, flow))

  return {
    results: { verification, reset: resets, change: changes, code: codes },
    passwordOfReset: signIns.map(({ status }) => status),
  }
}

const passwordOf = (index: number): string => `the new password ${index}`

async function signUp(client: Client, email: string): Promise<{ readonly email: string; readonly bearer: unknown }> {
  const { status, body } = await client.post(`${path}/register`, { email, password })
  if (status !== 201) throw new Error(`not registered: ${textOf(body)}`)
  return { email, bearer: body['access_token'] }
}
