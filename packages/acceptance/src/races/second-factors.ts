import { HOTP, Secret } from 'otpauth'
import { type Answer, type Client, textOf } from '../client.js'
import { type RaceResult, race } from './race.js'

const stepMilliseconds = 30_000
const collection = 'guarded'
const path = `/api/v1/collections/${collection}/auth`
const password = 'correct horse battery'

/** How often each secret is redeemed at once. */
const attempts = 50

/** Defines the collection whose principals may have second factors. */
export async function defineGuarded(client: Client, bearer: string): Promise<void> {
  const definition = { name: collection, type: 'auth', auth: { mfa: { enabled: true } } }
  const { status } = await client.post('/api/v1/collections', definition, { bearer })
  if (status !== 201) throw new Error(`not defined: ${status}`)
}

/**
 * Redeems each single-use secret of second factors fifty times at once, in turn on two nodes: the code that activates, a
 * code with a ticket, a backup code with several tickets. Each has an account of its own, since codes are counted.
 */
export async function raceSecondFactors(
  nodes: readonly [Client, Client],
): Promise<Readonly<Record<string, RaceResult>>> {
  const onBoth = (work: (client: Client, index: number) => Promise<Answer>): Promise<RaceResult> =>
    race(attempts, (index) => work(index % 2 === 0 ? nodes[0] : nodes[1], index))
  const [client] = nodes

  const first = await begin(client, 'activate@example.com')
  const firstCode = codeOf(first.secret, 0)
  const activation = await onBoth((node) =>
    node.post(`${path}/mfa/totp/activate`, { code: firstCode }, { bearer: first.bearer }),
  )

  const second = await enrolled(client, 'ticket@example.com')
  const ticket = await ticketOf(client, second.email)
  const code = codeOf(second.secret, 1)
  const ticketRace = await onBoth((node) => node.post(`${path}/mfa/verify`, { mfa_token: ticket, code }))

  const third = await enrolled(client, 'backup@example.com')
  const tickets = await Promise.all(Array.from({ length: 5 }, () => ticketOf(client, third.email)))
  const backupCode = await onBoth((node, index) =>
    node.post(`${path}/mfa/verify`, { mfa_token: tickets[index % tickets.length], backup_code: third.backupCode }),
  )
  return { activation, ticket: ticketRace, backupCode }
}

/** The code of an authenticator app, a number of steps from now; the next one is good already. */
const codeOf = (secret: string, ahead: number): string =>
  HOTP.generate({
    secret: Secret.fromBase32(secret),
    counter: Math.floor(Date.now() / stepMilliseconds) + ahead,
  })

/** Somebody whose second factor is not confirmed. */
async function begin(client: Client, email: string) {
  const { body } = await client.post(`${path}/register`, { email, password })
  const bearer = textOf(body['access_token'])
  const enrolment = await client.post(`${path}/mfa/totp/enroll`, {}, { bearer })
  return { email, bearer, secret: textOf(enrolment.body['secret']) }
}

async function enrolled(client: Client, email: string) {
  const { bearer, secret } = await begin(client, email)
  const { status, body } = await client.post(`${path}/mfa/totp/activate`, { code: codeOf(secret, 0) }, { bearer })
  if (status !== 200) throw new Error(`not activated: ${textOf(body)}`)
  return { email, secret, backupCode: textOf(body['backup_codes']?.['0']) }
}

async function ticketOf(client: Client, email: string): Promise<string> {
  const { status, body } = await client.post(`${path}/login`, { email, password })
  if (status !== 401 || body['code'] === undefined) throw new Error(`no second factor was asked for: ${status}`)
  return textOf(body['mfa_token'])
}
