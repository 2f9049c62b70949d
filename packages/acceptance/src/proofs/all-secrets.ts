import { createHash } from 'node:crypto'
import { cookieHeader, expecting, type Got, origin, type ProofApp, type Sent } from './app.js'
import { codeNeedle, type Dump, type Needle, needlesOf } from './secret-search.js'

const auth = '/api/v1/auth'

/** Members of answers that are secrets, or lists of them. */
const secretMembers = ['access_token', 'refresh_token', 'mfa_token', 'secret', 'backup_codes', 'raw_token']

/** What a walk through all flows has seen. */
export interface Walk {
  /** Every secret that was typed, made or handed out, by what it is. */
  readonly needles: readonly Needle[]
  /** How many there were of each kind. */
  readonly counts: Readonly<Record<string, number>>
  readonly dumps: readonly Dump[]
}

/**
 * Does everything that makes or takes a secret, and looks at the database before and after each is used, while mails wait
 * and once they are sent.
 *
 * @param hold Has mails fail, once they are made, until it is told otherwise.
 */
export async function walkThroughAll(
  app: ProofApp,
  hold: (held: boolean) => void,
  dump: () => Promise<Dump>,
): Promise<Walk> {
  const needles: Needle[] = []
  const counts: Record<string, number> = {}
  const dumps: Dump[] = []
  const secret = (what: string, value: string): string => {
    counts[what] = (counts[what] ?? 0) + 1
    needles.push(...(/^\d{6}$/.test(value) ? [codeNeedle(what, value)] : needlesOf(what, value)))
    return value
  }
  const look = async (): Promise<void> => void dumps.push(await dump())

  const collect = (got: Got): Got => {
    for (const [name, value] of got.cookies)
      if (value !== '') secret(`cookie ${name.replace(/oauth-.*/, 'oauth')}`, value)
    for (const member of secretMembers) {
      for (const value of [got.body[member]].flat()) if (typeof value === 'string') secret(member, value)
    }
    return got
  }
  const send = async (status: number, method: string, path: string, sent: Sent = {}): Promise<Got> =>
    collect(await expecting(status, app.send(method, path, sent)))
  const post = (status: number, path: string, body: unknown, sent: Sent = {}): Promise<Got> =>
    send(status, 'POST', path, { ...sent, body })
  const textOf = ({ body }: Got, member: string): string => String(body[member])

  /** Asks for a mail, looks while it waits, and has it sent. */
  const mailed = async (ask: () => Promise<unknown>): Promise<void> => {
    hold(true)
    await ask()
    await app.settle()
    await look()
    hold(false)
    app.clock.advance('1h')
    await app.settle()
    await look()
  }
  const tokenFor = async (email: string): Promise<string> => secret('token of a link', await app.mails.tokenFor(email))

  const browser = { headers: { 'sec-fetch-site': 'same-origin', 'user-agent': 'Browser/1.0' } }
  const person = 'person@example.test'
  const first = secret('password', 'the first of all passwords')
  await post(201, `${auth}/register`, { email: person, password: first, username: 'person', name: 'P' }, browser)
  await post(401, `${auth}/login`, { email: person, password: secret('password', 'a guess that is wrong') })
  await post(401, `${auth}/login`, { email: secret('password', 'typed into the wrong field'), password: 'x' })
  const signedIn = await post(200, `${auth}/login`, { email: person, password: first }, browser)
  const refreshed = await post(200, `${auth}/refresh`, { refresh_token: textOf(signedIn, 'refresh_token') })
  await post(200, `${auth}/refresh`, { refresh_token: textOf(refreshed, 'refresh_token') })
  await look()

  await mailed(() => post(202, `${auth}/request-verification`, { email: person }))
  await post(200, `${auth}/confirm-verification`, { token: await tokenFor(person), password: first })

  await mailed(() => post(200, `${auth}/request-password-reset`, { email: person }))
  const second = secret('password', 'second password of this person')
  await post(200, `${auth}/confirm-password-reset`, { token: await tokenFor(person), password: second })

  const moved = 'moved@example.test'
  let bearer = textOf(await post(200, `${auth}/login`, { email: person, password: second }), 'access_token')
  await mailed(() => post(202, `${auth}/me/request-email-change`, { new_email: moved, password: second }, { bearer }))
  await post(200, `${auth}/me/confirm-email-change`, { token: await tokenFor(moved) }, { bearer })

  const third = secret('password', 'password the third, changed to')
  const change = { current_password: second, new_password: third }
  await post(204, `${auth}/me/change-password`, change, { bearer })

  let flow = ''
  await mailed(async () => {
    flow = textOf(await post(200, `${auth}/otp/request`, { email: moved }), 'flow_id')
  })
  // A code that waited for an hour is worth nothing any more, so none was sent.
  app.clock.advance('1h')
  flow = textOf(await post(200, `${auth}/otp/request`, { email: moved }), 'flow_id')
  const code = secret('code by mail', await app.mails.codeFor(moved))
  await look()
  bearer = textOf(await post(200, `${auth}/otp/verify`, { email: moved, code, flow_id: flow }), 'access_token')

  const enrolment = await post(200, `${auth}/mfa/totp/enroll`, {}, { bearer })
  await look()
  const totp = textOf(enrolment, 'secret')
  const totpCode = (ahead = 0) => secret('code of an app', app.totpOf(totp, ahead))
  const activated = await post(200, `${auth}/mfa/totp/activate`, { code: totpCode() }, { bearer })
  const backupCodes = [activated.body['backup_codes']].flat()
  const ticket = textOf(await post(401, `${auth}/login`, { email: moved, password: third }), 'mfa_token')
  await look()
  await post(200, `${auth}/mfa/verify`, { mfa_token: ticket, backup_code: backupCodes[0] })
  const other = textOf(await post(401, `${auth}/login`, { email: moved, password: third }), 'mfa_token')
  const verified = await post(200, `${auth}/mfa/verify`, { mfa_token: other, code: totpCode(1) }, browser)
  bearer = textOf(verified, 'access_token')
  await post(200, `${auth}/mfa/backup-codes`, { backup_code: backupCodes[1] }, { bearer })
  const owner = await app.auth.verify({ bearerToken: bearer })
  if (!owner.authenticated) throw new Error(owner.code)
  await app.auth.permissions.assign(owner.authentication.principalId, 'admin')
  await post(201, '/api/v1/tokens', { label: 'of a program' }, { bearer })
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbbR/KZU6AZUMNQiOMllCJ/uGN6SWSFAAgkr9n1FxOe'
  await post(201, '/api/v1/ssh-keys', { public_key: key, label: 'laptop' }, { bearer })

  const helped = await app.auth.users.create({
    email: 'helped@example.test',
    password: first,
    username: 'helped',
    name: 'H',
  })
  await post(200, `/api/v1/users/${helped.id}/impersonate`, { reason: 'a look at what is wrong' }, { bearer })
  await look()

  const guest = 'guest@example.test'
  await mailed(() => post(201, `${auth}/invitations`, { email: guest, role: 'editor' }, { bearer }))
  // Sent again: the link before is worth nothing, and is a secret still.
  await tokenFor(guest)
  const [invitation] = await app.auth.users.invitations.list()
  await mailed(() => post(200, `${auth}/invitations/${invitation?.id}/resend`, {}, { bearer }))
  const guestPassword = secret('password', 'what somebody who is invited chose')
  const accepted = { token: await tokenFor(guest), password: guestPassword, username: 'guest', name: 'G' }
  await post(201, `${auth}/invitations/accept`, accepted, browser)
  await look()

  const verifier = secret('verifier of a page', 'the-verifier-that-a-page-keeps-for-a-minute-or-so')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = `provider=company&mode=token&code_challenge=${challenge}`
  const begun = await send(302, 'GET', `${auth}/oauth/login?${query}`)
  await look()
  const state = new URL(begun.location).searchParams.get('state') ?? ''
  const answered = `${auth}/oauth/callback/company?state=${state}&code=${secret('code of a provider', 'newcomer.granted-for-one-time-alone')}`
  const back = await send(302, 'GET', answered, { cookie: cookieHeader(begun) })
  const exchange = new URL(back.location, origin).searchParams.get('code') ?? ''
  await look()
  await post(200, `${auth}/oauth/exchange`, { code: secret('code of an exchange', exchange), code_verifier: verifier })

  const members = '/api/v1/collections/members/auth'
  const waiting = { email: 'waiting@example.test', password: secret('password', 'password of who waits') }
  await mailed(() => post(202, `${members}/register`, waiting))
  await post(200, `${members}/confirm-verification`, {
    token: await tokenFor(waiting.email),
    password: waiting.password,
  })
  await mailed(() =>
    post(202, `${members}/register`, { ...waiting, password: secret('password', 'password of a stranger') }),
  )

  for (const each of app.seen.secrets) secret('seen by the provider', each)
  await look()
  return { needles, counts, dumps }
}
