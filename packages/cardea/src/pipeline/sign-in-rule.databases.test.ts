import { sha256 } from '@cardea/core/crypto'
import { firstWhereQuick } from '@cardea/storage/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.fixture.js'
import {
  comeFromProvider,
  createNode,
  fresh,
  join,
  type Node,
  outcomeOf,
  password,
} from '../settings/settings.fixture.js'
import { totpCode } from '../totp.fixture.js'

const rule = { company: { eq: 'Acme' } }
const refused = 'sign_in_not_allowed'

describe.each(firstWhereQuick(databases))('the sign-in rule of a collection, on $name,', ({ open }) => {
  let database: TestDatabase
  let nodes: readonly [Node, Node]

  const customers = (index: 0 | 1 = 0) => nodes[index].auth.collections.customers
  const set = (changes: Readonly<Record<string, unknown>>) =>
    nodes[0].auth.settings.change(changes, { collection: 'customers' })
  const move = (id: string, company: string) => customers().update(id, { company })
  const login = async (email: string, index: 0 | 1 = 1) => await customers(index).login({ email, password })
  const authenticate = async (accessToken: string | undefined) => {
    const verified = await nodes[1].auth.sessions.verify(
      { accessToken: accessToken ?? '' },
      { collections: ['customers'] },
    )
    if (!verified.authenticated || verified.authentication.session === undefined) throw new Error('not signed in')
    return verified.authentication
  }
  /** The newest mail, whichever node has sent it. */
  const mailTo = async (email: string): Promise<string> => {
    await Promise.all(nodes.map(({ settle }) => settle()))
    return nodes.flatMap(({ mailbox }) => mailbox.list()).find(({ to }) => to === email)?.text ?? ''
  }
  const codeFor = async (email: string) => {
    // So that it is this node that sends it, and no other mail is under way.
    await Promise.all(nodes.map(({ settle }) => settle()))
    const { flowId } = await customers().requestOtp(email)
    const text = await mailTo(email)
    return { email, flowId, code: /\b\d{6}\b/.exec(text)?.[0] ?? '' }
  }

  beforeAll(async () => {
    database = await open()
    nodes = [createNode(database.nodes[0]), createNode(database.nodes[1])]
    await nodes[0].auth.migrate()
    await Promise.all(nodes.map(({ auth }) => auth.ready()))
  })
  afterAll(async () => {
    await Promise.all(nodes.map(({ auth }) => auth.close()))
    await database?.close()
  })
  beforeEach(async () => {
    await set({ sign_in_rule: null, otp_enabled: true, otp_create_user: true, mfa_enabled: true })
  })

  it('is asked after the right password, and tells a stranger nothing', async () => {
    const inside = await join(nodes[0])
    const outside = await join(nodes[0])
    await move(inside.id, 'Acme')
    await set({ sign_in_rule: rule })
    expect(await outcomeOf(login(inside.email))).toBe('done')
    expect(await outcomeOf(login(outside.email))).toBe(refused)
    const wrong = async (email: string) =>
      await customers(1)
        .login({ email, password: 'not the password' })
        .catch((error: unknown) => JSON.stringify([String(error), { ...(error as object) }]))
    expect(await wrong(outside.email)).toBe(await wrong(inside.email))
    expect(await wrong(outside.email)).toBe(await wrong(fresh()))
    const failed = nodes[1].events.findLast(
      ({ type, principalId }) => type === 'sign_in.failed' && principalId === outside.id,
    )
    expect(failed).toBeDefined()
    // In force at once, both ways.
    await move(outside.id, 'Acme')
    expect(await outcomeOf(login(outside.email))).toBe('done')
    await move(outside.id, 'Other')
    expect(await outcomeOf(login(outside.email))).toBe(refused)
  })

  it('is asked by a code of a mail, for those who are known and those who are new', async () => {
    const known = await join(nodes[0])
    await set({ sign_in_rule: rule })
    expect(await outcomeOf(customers(1).verifyOtp(await codeFor(known.email)))).toBe(refused)
    expect(await outcomeOf(customers(1).verifyOtp(await codeFor(fresh())))).toBe(refused)
    await move(known.id, 'Acme')
    nodes[0].clock.advance(3_600_000)
    nodes[1].clock.advance(3_600_000)
    expect(await outcomeOf(customers(1).verifyOtp(await codeFor(known.email)))).toBe('done')
  })

  it('is asked of who comes from a provider, also once a code is exchanged', async () => {
    const email = fresh()
    expect((await comeFromProvider(nodes[1], email)).status).toBe('signed_in')
    const { oauth } = customers(1)
    const verifier = 'a-verifier-that-the-app-keeps-to-itself-0123456789'
    const begun = await oauth.begin({ provider: 'company', mode: 'token', codeChallenge: sha256(verifier) })
    const profile = { subject: `subject of ${email}`, email, emailVerified: true, name: undefined }
    const code = nodes[1].provider.agree(begun.url, profile)
    const issued = await oauth.callback({
      provider: 'company',
      params: { state: begun.state, code },
      browserToken: begun.browserToken,
    })
    expect(issued.status).toBe('code_issued')
    await set({ sign_in_rule: rule })
    const exchanged = new URL(issued.redirectTo).searchParams.get('code') ?? ''
    expect(await outcomeOf(oauth.exchange(exchanged, verifier))).toBe(refused)
    for (const somebody of [email, fresh()]) {
      const outcome = await comeFromProvider(nodes[1], somebody)
      expect(outcome).toMatchObject({ status: 'failed', code: refused })
      expect(new URL(outcome.redirectTo).searchParams.get('error')).toBe(refused)
    }
  })

  it('is asked before the second factor, and again after it', async () => {
    const person = await join(nodes[0])
    await move(person.id, 'Acme')
    const authentication = await authenticate(person.accessToken)
    const { secret } = await customers(1).mfa.enroll(authentication)
    const step = () => Math.floor(nodes[1].clock.now() / 30_000)
    await customers(1).mfa.activate(authentication, totpCode(secret, step()))
    await set({ sign_in_rule: rule })
    const ticket = await login(person.email).catch(
      (error: { readonly mfa?: { readonly token: string } }) => error.mfa?.token,
    )
    expect(ticket).toEqual(expect.any(String))
    await move(person.id, 'Other')
    for (const { clock } of nodes) clock.advance(30_000)
    const second = customers(1).mfa.verify(String(ticket), { code: totpCode(secret, step()) })
    expect(await outcomeOf(second)).toBe(refused)
    expect(await outcomeOf(login(person.email))).toBe(refused)
  })

  it('is asked of who registers: there is an account, and no session', async () => {
    await set({ sign_in_rule: rule })
    const email = fresh()
    const registered = await customers(1).register({ email, password, company: 'Other' })
    expect(registered).toMatchObject({ status: refused, user: { email, company: 'Other' } })
    expect(registered).not.toHaveProperty('signIn')
    expect(await outcomeOf(login(email))).toBe(refused)
    expect(await outcomeOf(customers(1).register({ email, password }))).toBe('email_taken')
    const id = registered.status === refused ? registered.user.id : ''
    expect(await customers(1).sessionsOf(id)).toEqual([])
    expect((await customers(1).register({ email: fresh(), password, company: 'Acme' })).status).toBe('signed_in')
  })

  it('is asked of who accepts an invitation: there is an account, and no session', async () => {
    await set({ sign_in_rule: rule })
    const email = fresh()
    await customers().invitations.create({ email })
    const text = await mailTo(email)
    const token = decodeURIComponent(/token=([^\s&]+)/.exec(text)?.[1] ?? '')
    expect(await outcomeOf(customers(1).invitations.accept(token, { password }))).toBe(refused)
    expect(await outcomeOf(login(email))).toBe(refused)
    expect(await outcomeOf(customers(1).invitations.accept(token, { password }))).toBe('token_invalid')
  })

  it('is asked at every refresh, which costs no session where it says no', async () => {
    const person = await join(nodes[0])
    await set({ sign_in_rule: rule })
    const { refreshToken = '', accessToken } = person
    expect(await outcomeOf(customers(1).refresh(refreshToken))).toBe(refused)
    expect(nodes[1].events.at(-1)).toMatchObject({
      type: 'session.refresh_failed',
      principalId: person.id,
      reason: refused,
    })
    // What began before goes on as long as what it was given.
    expect((await authenticate(accessToken)).principalId).toBe(person.id)
    await move(person.id, 'Acme')
    const refreshed = await customers(1).refresh(refreshToken)
    await move(person.id, 'Other')
    expect(await outcomeOf(customers(1).refresh(refreshed.refreshToken ?? ''))).toBe(refused)
  })

  it('is asked of who is acted as, and not of programs with a key', async () => {
    const person = await join(nodes[0])
    const { auth } = nodes[1]
    const admin = await auth.users.register({ email: fresh(), password })
    if (admin.status !== 'signed_in') throw new Error(admin.status)
    await auth.permissions.assign(admin.signIn.user.id, 'admin')
    const verified = await auth.sessions.verify({ accessToken: admin.signIn.accessToken ?? '' })
    if (!verified.authenticated) throw new Error(verified.code)
    const act = () => outcomeOf(auth.impersonate({ actor: verified.authentication, principalId: person.id }))
    const { key } = await auth.apiKeys.create({ principalId: person.id })
    const program = async () => (await auth.verify({ bearerToken: key }, { collections: ['customers'] })).authenticated
    expect([await act(), await program()]).toEqual(['done', true])
    await set({ sign_in_rule: rule })
    expect([await act(), await program()]).toEqual([refused, true])
  })

  it('lets in nobody, or by comparisons with the clock', async () => {
    const person = await join(nodes[0])
    for (const nobody of [false, { created_at: { gt: 'now' } }]) {
      await set({ sign_in_rule: nobody })
      expect(await outcomeOf(login(person.email))).toBe(refused)
    }
    await set({ sign_in_rule: { created_at: { lte: 'now' } } })
    expect(await outcomeOf(login(person.email))).toBe('done')
  })

  it('takes no statement of its own', async () => {
    const person = await join(nodes[0])
    await move(person.id, 'Acme')
    const counted = async (work: () => Promise<unknown>): Promise<number> => {
      await work()
      await nodes[0].settle()
      const before = database.statements.length
      await work()
      await nodes[0].settle()
      return database.statements.length - before
    }
    const both = async () => {
      const signIn = await counted(() => login(person.email, 0))
      let token = (await login(person.email, 0)).refreshToken ?? ''
      const refresh = await counted(async () => {
        token = (await customers().refresh(token)).refreshToken ?? ''
      })
      return [signIn, refresh]
    }
    const without = await both()
    await set({ sign_in_rule: rule })
    expect(await both()).toEqual(without)
  })

  it('of a definition is in force with the next request of another node, and so is what a setting says over it', async () => {
    const { auth } = nodes[0]
    const name = 'members'
    const fields = { plan: { type: 'text', optional: true } }
    await auth.definitions.create({ name, type: 'auth', fields, auth: { sign_in: { rule: { plan: { eq: 'paid' } } } } })
    const there = await nodes[1].auth.findCollection(name)
    if (there === undefined) throw new Error(name)
    const email = fresh()
    const signIn = () => outcomeOf(there.login({ email, password }))
    expect((await there.register({ email, password })).status).toBe(refused)
    expect(await signIn()).toBe(refused)
    await auth.definitions.change(name, { auth: { sign_in_rule: true } })
    expect(await signIn()).toBe('done')
    await auth.definitions.change(name, { auth: { sign_in_rule: { plan: { null: true } } } })
    expect(await signIn()).toBe('done')
    await auth.settings.change({ sign_in_rule: false }, { collection: name })
    expect(await signIn()).toBe(refused)
    await auth.settings.change({ sign_in_rule: null }, { collection: name })
    expect(await signIn()).toBe('done')
    // Neither rule may lose what it names.
    expect(await outcomeOf(auth.definitions.change(name, { drop: ['plan'] }))).toBe('unknown_field')
    await auth.definitions.change(name, { auth: { sign_in_rule: true } })
    await auth.settings.change({ sign_in_rule: { plan: { eq: 'paid' } } }, { collection: name })
    expect(await outcomeOf(auth.definitions.change(name, { drop: ['plan'] }))).toBe('conflict')
    expect(await outcomeOf(auth.definitions.plan(name, { drop: ['plan'] }))).toBe('conflict')
    await auth.settings.change({ sign_in_rule: null }, { collection: name })
    expect(await outcomeOf(auth.definitions.change(name, { drop: ['plan'] }))).toBe('done')
  })
})
