import type { Query } from '../query.js'
import { cookieHeader, expecting, type Got, type ProofApp, password } from './app.js'

const auth = '/api/v1/auth'
const newPassword = 'another horse battery'

/** Somebody whose credentials are looked at. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly backupCodes: readonly string[]
  /** The secret of its authenticator, where it has one. */
  readonly totp: string | undefined
  /** The device on which it does things itself, and another one. */
  readonly own: Device
  readonly other: Device
}

export interface Device {
  readonly id: string
  readonly cookie: string
  readonly access: string
  readonly refresh: string
}

/** Where things happen, and where credentials are shown afterwards: another instance over the same database. */
export interface Nodes {
  readonly here: ProofApp
  readonly there: ProofApp
  readonly query: Query
}

const deviceOf = (got: Got): Device => ({
  id: String(got.body['session_id']),
  cookie: cookieHeader(got),
  access: String(got.body['access_token']),
  refresh: String(got.body['refresh_token']),
})

let people = 0
/** @param has What the person has besides its password. */
export async function makePerson(
  { here }: Nodes,
  has: { readonly factor: boolean; readonly verified: boolean },
): Promise<Person> {
  people += 1
  const email = `person${people}@example.test`
  const input = { email, password, username: `person${people}`, name: 'Person' }
  const { id } = await here.auth.users.create(input, { verified: has.verified })
  const enrolled = has.factor ? await here.enroll(email) : undefined
  const codes = [...(enrolled?.backupCodes ?? [])]
  const signIn = async (): Promise<Device> => {
    const body = { email, password }
    if (enrolled === undefined) return deviceOf(await expecting(200, here.send('POST', `${auth}/login`, { body })))
    const asked = await expecting(401, here.send('POST', `${auth}/login`, { body }))
    const second = { mfa_token: asked.body['mfa_token'], backup_code: codes.shift() }
    return deviceOf(await expecting(200, here.send('POST', `${auth}/mfa/verify`, { body: second })))
  }
  const [own, other] = [await signIn(), await signIn()]
  return { id, email, own, other, backupCodes: codes, totp: enrolled?.secret }
}

/** Shows a credential. @returns `alive`, or why not. */
export type Show = () => Promise<string>

const verdict = (got: Got): string => (got.status < 300 ? 'alive' : `${got.status} ${String(got.body['code'])}`)

const ofDevice = (
  which: 'own' | 'other',
): Readonly<Record<string, (nodes: Nodes, person: Person) => Promise<Show>>> => ({
  [`${which} cookie`]: async ({ there }, person) => {
    const { cookie } = person[which]
    return async () => verdict(await there.send('GET', `${auth}/me`, { cookie }))
  },
  [`${which} access token`]: async ({ there }, person) => {
    const { access } = person[which]
    return async () => verdict(await there.send('GET', `${auth}/me`, { bearer: access }))
  },
  [`${which} refresh token`]: async ({ there }, person) => {
    const body = { refresh_token: person[which].refresh }
    return async () => verdict(await there.send('POST', `${auth}/refresh`, { body }))
  },
})

/** What is issued before the event, and shown on the other node after it. */
export const credentials: Readonly<Record<string, (nodes: Nodes, person: Person) => Promise<Show>>> = {
  ...ofDevice('own'),
  ...ofDevice('other'),
  'API key': async ({ here, there }, { id }) => {
    const { key } = await here.auth.apiKeys.create({ principalId: id })
    return async () => verdict(await there.send('GET', `${auth}/me`, { bearer: key }))
  },
  'MFA ticket': async ({ here, there }, { email, backupCodes }) => {
    const asked = await expecting(401, here.send('POST', `${auth}/login`, { body: { email, password } }))
    const body = { mfa_token: asked.body['mfa_token'], backup_code: backupCodes[0] }
    return async () => verdict(await there.send('POST', `${auth}/mfa/verify`, { body }))
  },
  'reset link': async ({ here, there }, { email }) => {
    await expecting(200, here.send('POST', `${auth}/request-password-reset`, { body: { email } }))
    const body = { token: await here.mails.tokenFor(email), password: 'a password of the last link' }
    return async () => verdict(await there.send('POST', `${auth}/confirm-password-reset`, { body }))
  },
  'verification link': async ({ here, there }, { email }) => {
    await expecting(202, here.send('POST', `${auth}/request-verification`, { body: { email } }))
    const token = await here.mails.tokenFor(email)
    return async () => verdict(await there.send('POST', `${auth}/confirm-verification`, { body: { token, password } }))
  },
  'e-mail-change link': async ({ here, there }, { own, email }) => {
    const target = `moved-${email}`
    const body = { new_email: target, password }
    await expecting(202, here.send('POST', `${auth}/me/request-email-change`, { bearer: own.access, body }))
    const token = await here.mails.tokenFor(target)
    return async () => verdict(await there.send('POST', `${auth}/me/confirm-email-change`, { body: { token } }))
  },
  'code by mail': async ({ here, there }, { email }) => {
    const asked = await expecting(200, here.send('POST', `${auth}/otp/request`, { body: { email } }))
    const body = { email, code: await here.mails.codeFor(email), flow_id: asked.body['flow_id'] }
    return async () => verdict(await there.send('POST', `${auth}/otp/verify`, { body }))
  },
  'OAuth state of the own session': async ({ here, there }, { own, email }) => {
    const path = `${auth}/oauth/login?provider=company&intent=link`
    const begun = await expecting(302, here.send('GET', path, { bearer: own.access }))
    const state = new URL(begun.location).searchParams.get('state') ?? ''
    const code = email.replace('@example.test', '')
    const back = `${auth}/oauth/callback/company?state=${state}&code=${code}`
    return async () => {
      const got = await there.send('GET', back, { cookie: cookieHeader(begun) })
      if (got.status !== 302) return verdict(got)
      const error = new URL(got.location, 'https://app.test').searchParams.get('error')
      return error === null ? 'alive' : `302 ${error}`
    }
  },
  'access token of an admin who acts as the person': async ({ here, there }, { id }) => {
    const begun = await expecting(
      200,
      here.send('POST', `/api/v1/users/${id}/impersonate`, { bearer: await adminToken(here), body: {} }),
    )
    const bearer = String(begun.body['access_token'])
    return async () => verdict(await there.send('GET', `${auth}/me`, { bearer }))
  },
}

const admin = { email: 'admin@example.test', password }

async function adminToken({ auth: instance, send }: ProofApp): Promise<string> {
  if ((await instance.users.findByEmail(admin.email)) === undefined) {
    await instance.createFirstAdmin({ ...admin, username: 'admin', name: 'Admin' })
  }
  return String((await expecting(200, send('POST', `${auth}/login`, { body: admin }))).body['access_token'])
}

/** Whether a person needs a second factor for what a credential or an event is about. */
export const needsFactor = (credential: string, event: string): boolean =>
  credential === 'MFA ticket' || event === 'a second factor off'

/** What happens to a person, or what it does on its own device. */
export const events: Readonly<Record<string, (nodes: Nodes, person: Person) => Promise<unknown>>> = {
  'a logout': ({ here }, { own }) =>
    expecting(200, here.send('POST', `${auth}/logout`, { bearer: own.access, body: {} })),
  'a log-out everywhere': ({ here }, { own }) =>
    expecting(204, here.send('DELETE', `${auth}/sessions/all`, { bearer: own.access })),
  'the end of all other sessions': ({ here }, { own }) =>
    expecting(204, here.send('DELETE', `${auth}/sessions/all?scope=others`, { bearer: own.access })),
  'the end of the other session by an admin': async ({ here }, { other }) =>
    expecting(204, here.send('DELETE', `/api/v1/sessions/${other.id}`, { bearer: await adminToken(here) })),
  'the end of all sessions by an operator': ({ here }, { id }) => here.auth.sessions.revokeAll(id),
  'a disabling': ({ here }, { id }) => here.auth.users.disable(id),
  'a disabling that was taken back': async ({ here }, { id }) => {
    await here.auth.users.disable(id)
    await here.auth.users.enable(id)
  },
  'a deletion': ({ here }, { id }) => here.auth.users.delete(id),
  'a deletion and a new account with the address': async ({ here }, { id, email }) => {
    await here.auth.users.delete(id)
    await here.auth.users.create({ email, password, username: `again-${id}`, name: 'Again' }, { verified: true })
  },
  'a deletion of the row by SQL': ({ query }, { id }) => query(`delete from auth_users where id = '${id}'`),
  'a change of the password': ({ here }, { own }) => {
    const body = { current_password: password, new_password: newPassword }
    return expecting(204, here.send('POST', `${auth}/me/change-password`, { bearer: own.access, body }))
  },
  'a reset of the password': async ({ here }, { email }) => {
    await expecting(200, here.send('POST', `${auth}/request-password-reset`, { body: { email } }))
    const body = { token: await here.mails.tokenFor(email), password: newPassword }
    await expecting(200, here.send('POST', `${auth}/confirm-password-reset`, { body }))
  },
  'a password set by an operator': ({ here }, { id }) => here.auth.users.setPassword(id, newPassword),
  'a change of the address': async ({ here }, { own, email }) => {
    const target = `new-${email}`
    const body = { new_email: target, password }
    await expecting(202, here.send('POST', `${auth}/me/request-email-change`, { bearer: own.access, body }))
    const token = await here.mails.tokenFor(target)
    const sent = { bearer: own.access, body: { token } }
    await expecting(200, here.send('POST', `${auth}/me/confirm-email-change`, sent))
  },
  'a second factor on': async ({ here }, { own }) => {
    const begun = await expecting(200, here.send('POST', `${auth}/mfa/totp/enroll`, { bearer: own.access, body: {} }))
    const body = { code: here.totpOf(String(begun.body['secret'])) }
    await expecting(200, here.send('POST', `${auth}/mfa/totp/activate`, { bearer: own.access, body }))
  },
  'a second factor off': ({ here }, { own, totp = '' }) =>
    expecting(204, here.send('DELETE', `${auth}/mfa/totp`, { bearer: own.access, body: { code: here.totpOf(totp) } })),
  'a role given': ({ here }, { id }) => here.auth.permissions.assign(id, 'editor'),
}
