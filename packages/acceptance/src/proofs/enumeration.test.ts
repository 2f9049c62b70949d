import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccountClass, accountClasses, makeAccount } from './account-classes.js'
import { createProofApp, expecting, type ProofApp, password, received } from './app.js'
import { type CountedStorage, type NotedWrites, noteWrites, proofStorages } from './storages.js'

const auth = '/api/v1/auth'

/** What one request is about: an address, a code that is wrong for it, and its flow. */
interface Target {
  readonly email: string
  readonly code: string
  readonly flowId: string
  /** The password of whoever asks for it as a new address. */
  readonly own: string
}

/** As a token is spelled. */
const noToken = `019bc119-0100-72a7-af1b-79915532108b.${'A'.repeat(43)}`

/** As of a browser that has signed in, to whatever account. */
const madeUpDevice = '__Host-session-device=AAAAAAAAAAAAAAAAAAAAAA'
const byDevice: ReadonlySet<string> = new Set(['otp/request: by some device', 'otp/request: by the same device again'])

/** Each request with the status that it has for everybody. Those that are answered 422 are wrong in something else. */
const requests: readonly (readonly [string, number, string, (target: Target) => unknown])[] = [
  ['login: wrong password', 401, '/login', ({ email }) => ({ email, password: 'not the password' })],
  ['login: empty password', 401, '/login', ({ email }) => ({ email, password: '' })],
  ['login: a password that nobody can have', 401, '/login', ({ email }) => ({ email, password: 'x'.repeat(2_000) })],
  ['login: a password that is no text', 422, '/login', ({ email }) => ({ email, password: 1 })],
  ['login: one field more', 422, '/login', ({ email }) => ({ email, password, remember: true })],
  ['register', 202, '/register', ({ email }) => newAccount(email)],
  ['register: weak password', 422, '/register', ({ email }) => ({ ...newAccount(email), password: 'password' })],
  ['register: one field more', 422, '/register', ({ email }) => ({ ...newAccount(email), verified: true })],
  ['register: not repeated', 422, '/register', ({ email }) => ({ ...newAccount(email), password_confirm: 'x' })],
  [
    'register: a token of no invitation',
    401,
    '/register',
    ({ email }) => ({ ...newAccount(email), invitation_token: noToken }),
  ],
  [
    'invitations/accept: a token of no invitation',
    401,
    '/invitations/accept',
    ({ email }) => ({ ...newAccount(email), token: noToken }),
  ],
  ['request-verification', 202, '/request-verification', ({ email }) => ({ email })],
  ['request-verification: one field more', 422, '/request-verification', ({ email }) => ({ email, resend: true })],
  ['request-password-reset', 200, '/request-password-reset', ({ email }) => ({ email })],
  [
    'request-password-reset: one field more',
    422,
    '/request-password-reset',
    ({ email }) => ({ email, to: 'a@b.test' }),
  ],
  ['otp/request: so soon after the last', 200, '/otp/request', ({ email }) => ({ email })],
  ['otp/request: by some device', 200, '/otp/request', ({ email }) => ({ email })],
  ['otp/request: by the same device again', 200, '/otp/request', ({ email }) => ({ email })],
  ['otp/request: one field more', 422, '/otp/request', ({ email }) => ({ email, purpose: 'login' })],
  ['otp/verify: wrong code', 401, '/otp/verify', ({ email, code, flowId }) => ({ email, code, flow_id: flowId })],
  ['otp/verify: wrong code of no flow', 401, '/otp/verify', ({ email, code }) => ({ email, code })],
  ['otp/verify: wrong code of no flow, again', 401, '/otp/verify', ({ email, code }) => ({ email, code })],
  ['otp/verify: unknown flow', 401, '/otp/verify', ({ email, code }) => ({ email, code, flow_id: 'nowhere' })],
  ['otp/verify: what is no code', 401, '/otp/verify', ({ email, flowId }) => ({ email, code: 'x', flow_id: flowId })],
  ['otp/verify: a code that is no text', 422, '/otp/verify', ({ email }) => ({ email, code: 123_456 })],
  [
    'me/request-email-change',
    202,
    '/me/request-email-change',
    ({ email, own }) => ({ new_email: email, password: own }),
  ],
  [
    'me/request-email-change: wrong password',
    401,
    '/me/request-email-change',
    ({ email }) => ({ new_email: email, password: 'x' }),
  ],
  [
    'me/request-email-change: one field more',
    422,
    '/me/request-email-change',
    ({ email }) => ({ new_email: email, verified: true }),
  ],
]

let usernames = 0
function newAccount(email: string) {
  usernames += 1
  return { email, password, username: `new${usernames}`, name: 'N' }
}

/** What may differ from answer to answer, whoever asks for whom. */
const madeUp = ['request_id', 'flow_id']
const masked = (body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(body).map(([key, value]) => [key, madeUp.includes(key) ? typeof value : value]))

describe.each(proofStorages)('whether an address has an account, on $name,', ({ open }) => {
  let database: CountedStorage
  let noted: NotedWrites
  let app: ProofApp
  const targets = new Map<AccountClass, Target>()
  const bearers = new Map<AccountClass, string>()

  beforeAll(async () => {
    database = await open()
    noted = noteWrites(database.storage)
    app = await createProofApp(noted.storage, {
      auth: { registrationAnswer: 'uniform', otp: { enabled: true }, mfa: { enabled: true } },
    })
    for (const [index, kind] of accountClasses.entries()) {
      const email = await makeAccount(app, kind, `somebody${index}`)
      const { body } = await expecting(200, app.send('POST', `${auth}/otp/request`, { body: { email } }))
      const sent = await app.mails.all(email)
      const code = sent.some(({ text }) => text.includes('123456')) ? '654321' : '123456'
      // Whoever changes an address has a budget for it, so there is one for each.
      const asking = await app.signInAs({ username: `asks${index}`, name: 'N' })
      bearers.set(kind, asking.accessToken)
      targets.set(kind, { email, code, flowId: String(body['flow_id']), own: asking.password })
    }
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  it.each(requests)('is not told by %s', async (name, status, path, bodyOf) => {
    const answers: Record<string, unknown> = {}
    for (const kind of accountClasses) {
      const target = targets.get(kind)
      const bearer = bearers.get(kind)
      if (target === undefined || bearer === undefined) throw new Error(`no ${kind}`)
      await app.settle()
      const before = database.statements.length
      const beforeWrites = noted.writes.length
      app.events.length = 0
      const sent = {
        body: bodyOf(target),
        ...(path.startsWith('/me/') ? { bearer } : {}),
        ...(byDevice.has(name) ? { cookie: madeUpDevice } : {}),
      }
      const response = await app.exchange('POST', `${auth}${path}`, sent)
      // Before mails and all else that answers do not wait for have their turn.
      // Events are kept by an insert for all of a moment, and floods of failures are gathered, whoever they are about.
      const statements = database.statements.slice(before).filter((sql) => !sql.includes('cardea_audit'))
      const written = noted.writes
        .slice(beforeWrites)
        .flatMap(({ table, rows }) => (table === 'cardea_audit' ? [] : [rows]))
      const events = app.events.map(({ type }) => type)
      const got = await received(response)
      const headers = [...got.headers].filter(([header]) => header !== 'x-request-id' && header !== 'date')
      const body = masked(got.body)
      answers[kind] = { status: got.status, headers, body, statements: statements.length, written, events }
      expect(got.status, JSON.stringify(got.body)).toBe(status)
      expect(JSON.stringify(got.body)).not.toContain(target.email)
    }
    // Whoever guesses at an address knows that he did, so what that changes is no news to him.
    const likeOf = (kind: AccountClass) => (kind === 'locked' ? 'unknown and locked' : 'unknown')
    for (const kind of accountClasses.filter((each) => each !== 'unknown and locked'))
      expect({ [kind]: answers[kind] }).toEqual({ [kind]: answers[likeOf(kind)] })
  })
})
