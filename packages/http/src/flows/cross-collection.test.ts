import { sha256 } from '@cardea/core/crypto'
import type { OAuthProvider } from 'cardea/oauth'
import { beforeAll, describe, expect, it } from 'vitest'
import { authPath, createApp, type Got, password, type Sent } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'
import { totpCode } from '../totp.fixture.js'

const step = 30_000
const verifier = 'the-verifier-that-a-page-keeps-for-a-minute-or-so'
const id = '01a2014d-b475-7215-8438-031c3b71c287'
const sameOrigin = { 'sec-fetch-site': 'same-origin' }

/** A provider where everybody is who the code says. */
const provider: OAuthProvider = {
  name: 'company',
  label: 'company',
  kind: 'oidc',
  responseMode: 'query',
  connect: () => ({
    authorizationUrl: async ({ state }) => ({ ok: true, url: `https://company.test/?state=${state}` }),
    exchange: async ({ code }) => ({
      ok: true,
      profile: { subject: code, email: `${code}@oauth.test`, emailVerified: true, name: undefined },
      tokens: { access: 'of the provider' },
    }),
  }),
}

/** A route of every collection, and what has to be good for it besides. */
const contracts: readonly (readonly [string, RouteContract])[] = Object.entries(routeContracts).filter(
  ([, { mount }]) => mount === 'auth',
)

/** Fields and parameters that take something that proves who one is. */
const proving = [
  'token',
  'refresh_token',
  'mfa_token',
  'code',
  'backup_code',
  'email_code',
  'flow_id',
  'invitation_token',
  'state',
  'password',
  'current_password',
]

/** Where `200` or `202` is the answer to everybody, and means nothing. */
const alwaysThanks: ReadonlySet<string> = new Set(['logout'])

interface Held {
  readonly what: string
  readonly value: string
  /** What goes with it where a body has such fields. */
  readonly beside: Readonly<Record<string, string>>
  /** Uses it where it is good: nothing of what was tried elsewhere has used it up. */
  readonly atHome: () => Promise<Got>
}

type App = Awaited<ReturnType<typeof open>>

const open = () =>
  createApp({
    mail: {},
    auth: { otp: { enabled: true }, mfa: { enabled: true } },
    oauth: { providers: [provider], redirects: ['/welcome'] },
  })

const textOf = (got: Got, name: string): string => {
  const value = got.body[name]
  if (typeof value !== 'string') throw new Error(`${name}: ${got.text}`)
  return value
}

/** Everything that somebody of a collection can hold, in somebody's hands of its own: one ends what another has. */
async function collect(app: App, collection: string, addressOf: (name: string) => string): Promise<readonly Held[]> {
  const at = authPath(collection)
  const held: Held[] = []
  const post = (path: string, body: object, more: Sent = {}) =>
    app.send('POST', `${at}${path}`, { body, headers: sameOrigin, ...more })
  const person = async (name: string) => {
    const email = addressOf(name)
    const got = await post('/register', { email, password })
    return { email, access: textOf(got, 'access_token'), refresh: textOf(got, 'refresh_token'), got }
  }
  const me = (sent: Sent) => app.send('GET', `${at}/me`, sent)
  const keep = (what: string, value: string, atHome: () => Promise<Got>, beside = {}): void => {
    held.push({ what, value, atHome, beside })
  }
  const cookieName = `__Host-session${collection === 'users' ? '' : `_${collection}`}`

  const one = await person('one')
  keep('access token', one.access, () => me({ bearer: one.access }))
  keep('refresh token', one.refresh, () => post('/refresh', { refresh_token: one.refresh }))
  const cookie = one.got.cookies.get(cookieName) ?? ''
  keep('session cookie', cookie, () => me({ cookie: `${cookieName}=${cookie}` }))
  const principalId = String((one.got.body['user'] as { readonly id: unknown }).id)
  const { key } = await app.auth.apiKeys.create({ principalId, scopes: null })
  // That it was used is noted, once in a while.
  await me({ bearer: key })
  keep('API key', key, () => me({ bearer: key }))

  const reset = await person('reset')
  await post('/request-password-reset', { email: reset.email })
  const resetToken = await app.mails.tokenFor(reset.email)
  const resetBody = { token: resetToken, password: 'another battery' }
  keep('link of a reset', resetToken, () => post('/confirm-password-reset', resetBody), { password: 'another battery' })

  const unverified = await person('unverified')
  await post('/request-verification', { email: unverified.email })
  const verification = await app.mails.tokenFor(unverified.email)
  keep('link that verifies', verification, () => post('/confirm-verification', { token: verification, password }))

  const moving = await person('moving')
  const newEmail = addressOf('moved')
  await post('/me/request-email-change', { new_email: newEmail, password }, { bearer: moving.access })
  const change = await app.mails.tokenFor(newEmail)
  keep('link to a new address', change, () => post('/me/confirm-email-change', { token: change }))

  const invited = addressOf('invited')
  await app.auth.collection(collection)?.invitations.create({ email: invited })
  const invitation = await app.mails.tokenFor(invited)
  keep('invitation', invitation, () => post('/invitations/accept', { token: invitation, password }), { email: invited })

  const coded = await person('coded')
  const flowId = textOf(await post('/otp/request', { email: coded.email }), 'flow_id')
  const code = await app.mails.codeFor(coded.email)
  const codeBody = { email: coded.email, code, flow_id: flowId }
  keep('code by mail', code, () => post('/otp/verify', codeBody), codeBody)

  const factored = await person('factored')
  const enrolment = await post('/mfa/totp/enroll', {}, { bearer: factored.access })
  const secret = textOf(enrolment, 'secret')
  const totp = (ahead: number) => totpCode(secret, Math.floor(app.time.now / step) + ahead)
  const activated = await post('/mfa/totp/activate', { code: totp(0) }, { bearer: factored.access })
  const [backup = ''] = activated.body['backup_codes'] as string[]
  const ticket = textOf(await post('/login', { email: factored.email, password }), 'mfa_token')
  keep('ticket', ticket, () => post('/mfa/verify', { mfa_token: ticket, code: totp(1) }), { code: totp(1) })
  const other = textOf(await post('/login', { email: factored.email, password }), 'mfa_token')
  keep('backup code', backup, () => post('/mfa/verify', { mfa_token: other, backup_code: backup }), {
    mfa_token: other,
  })

  const begun = async (query: string) => {
    const got = await app.send('GET', `${at}/oauth/login?provider=company${query}`)
    const state = URL.parse(got.headers.get('location') ?? '')?.searchParams.get('state') ?? ''
    return { state, cookie: [...got.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
  }
  const subject = addressOf('oauth').replace('@', '-at-')
  const back = (from: { readonly state: string; readonly cookie: string }) =>
    app.send('GET', `${at}/oauth/callback/company?state=${from.state}&code=${subject}`, { cookie: from.cookie })
  const waiting = await begun('')
  keep('state of a provider', waiting.state, () => back(waiting), { code: subject, cookie: waiting.cookie })
  const exchanged = await back(await begun(`&mode=token&code_challenge=${sha256(verifier)}`))
  const exchange = new URL(exchanged.headers.get('location') ?? '', 'https://app.test').searchParams.get('code') ?? ''
  const exchangeBody = { code: exchange, code_verifier: verifier }
  keep('code of an exchange', exchange, () => post('/oauth/exchange', exchangeBody), exchangeBody)
  return held
}

describe.each([
  ['users', 'customers'],
  ['customers', 'vendors'],
])('what belongs to %s, at the routes of %s', (own, foreign) => {
  let app: App
  let held: readonly Held[]
  const at = authPath(foreign)
  const cookies = ['', '-mfa', '-refresh', '-device'].map((part) =>
    foreign === 'users' ? `__Host-session${part}` : `__Host-session${part}_${foreign}`,
  )

  beforeAll(async () => {
    app = await open()
    // The same people are in both collections, by the same addresses: only the password is another.
    const addressOf = (name: string): string => `${name}@people.test`
    for (const name of ['one', 'reset', 'unverified', 'moving', 'coded', 'factored']) {
      const body = { email: addressOf(name), password: 'the password of there' }
      const got = await app.send('POST', `${at}/register`, { body })
      if (got.status !== 201) throw new Error(got.text)
    }
    held = await collect(app, own, addressOf)
    await app.settle()
  })

  const pathOf = ({ path }: RouteContract): string =>
    `${at}${path}`.replace('{id}', id).replace('{provider}', 'company')

  /** Fields that have to be there, each with what goes with the credential, or with something that is good for nothing. */
  const bodyOf = ({ body }: RouteContract, { beside }: Held): Record<string, unknown> => {
    const usual: Record<string, string> = {
      email: 'one@people.test',
      password,
      current_password: password,
      new_password: 'another battery',
      token: 'x',
      code: '000000',
      code_verifier: verifier,
      state: 'x',
      ...beside,
    }
    const names = [...(body?.required ?? []), ...(body?.optional ?? []).filter((name) => Object.hasOwn(beside, name))]
    return Object.fromEntries(names.map((name) => [name, usual[name] ?? 'x']))
  }

  /** All ways to show a credential to a route. */
  function* presentations(contract: RouteContract, one: Held): Generator<readonly [path: string, sent: Sent]> {
    const path = pathOf(contract)
    const body = contract.method === 'GET' || contract.body === null ? undefined : bodyOf(contract, one)
    const form = contract.foreignForm === true ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const sent = (values: typeof body): Sent => ({
      headers: { ...sameOrigin, ...form },
      ...(values === undefined
        ? {}
        : {
            body:
              contract.foreignForm === true ? String(new URLSearchParams(values as Record<string, string>)) : values,
          }),
    })
    const taken = [...(contract.body?.required ?? []), ...(contract.body?.optional ?? [])]
    for (const field of proving) {
      // Whoever registers chooses a password, and may choose anything.
      if (field === 'password' && contract.path === '/register') continue
      if (taken.includes(field)) yield [path, sent({ ...body, [field]: one.value })]
      if (contract.query.includes(field)) {
        const query = new URLSearchParams({ state: 'x', code: 'x', ...one.beside, [field]: one.value })
        yield [`${path}?state=${query.get('state')}&code=${query.get('code')}`, { cookie: one.beside['cookie'] ?? '' }]
      }
    }
    if (contract.access === 'public' && contract.path !== '/logout') return
    yield [path, { ...sent(body), bearer: one.value }]
    yield [path, { ...sent(body), cookie: cookies.map((name) => `${name}=${one.value}`).join('; ') }]
  }

  it.each(contracts)('is worth nothing at %s', async (name, contract) => {
    const before = await app.rows()
    let shown = 0
    for (const one of held) {
      for (const [path, sent] of presentations(contract, one)) {
        shown += 1
        const got = await app.send(contract.method, path, sent)
        const where = `${one.what}: ${contract.method} ${path} ${JSON.stringify(sent)} → ${got.text}`
        if (alwaysThanks.has(name)) expect(got.status, where).toBe(200)
        else if (got.status === 302 || got.status === 303) {
          // Back to the app, or on to the callback, and with nothing to show for it.
          expect(got.headers.get('location'), where).toMatch(/error=|\/oauth\/callback/)
        } else expect(got.status, where).toBeGreaterThanOrEqual(400)
        for (const secret of ['access_token', 'mfa_token']) expect(got.body, where).not.toHaveProperty(secret)
        expect(
          [...got.cookies.values()].filter((value) => value !== ''),
          where,
        ).toEqual([])
      }
    }
    expect(await app.rows()).toBe(before)
    if (contract.access !== 'public') expect(shown).toBeGreaterThanOrEqual(2 * held.length)
  })

  it('is good where it belongs still, after all that', async () => {
    const outcomes: [string, boolean][] = []
    for (const { what, atHome } of held) outcomes.push([what, (await atHome()).status < 400])
    expect(outcomes.filter(([, good]) => !good)).toEqual([])
    expect(outcomes.length).toBeGreaterThanOrEqual(13)
  })
})
