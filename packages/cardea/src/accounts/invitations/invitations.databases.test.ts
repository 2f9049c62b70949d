import { outbox, type Storage, verifications } from '@cardea/storage'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOf, stores } from '../recovery/recovery.fixture.js'
import { day, type InvitationsTest, openInvitations, password } from './invitations.fixture.js'

const open = { company: 'Acme' }

describe.each(stores)('invitations on $name', ({ open: openStore }) => {
  let test: InvitationsTest
  let storage: Storage
  let close: () => Promise<void>

  beforeAll(async () => {
    const store = await openStore()
    ;({ storage, close } = store)
    test = await openInvitations(storage)
  })
  afterAll(async () => {
    await test?.auth.close()
    await close?.()
  })

  const invite = async (email = test.fresh()) => {
    const invitation = await test.auth.collections.customers.invitations.create({ email })
    return { ...invitation, token: await test.tokenTo(email) }
  }
  const accept = (token: string, more: object = open) =>
    // What a caller in plain JavaScript may pass.
    test.auth.collections.customers.invitations.accept(token, { password, ...more })

  it('make a verified account and sign in, by the link in a mail', async () => {
    const { auth, mailbox, events, settle } = test
    const { by, id } = await test.person('clerk')
    const email = test.fresh()
    const invitation = await auth.collections.customers.invitations.create(
      { email: email.toUpperCase(), company: 'Acme' },
      { by },
    )
    expect(invitation).toEqual({
      id: invitation.id,
      email,
      fields: { company: 'Acme' },
      role: null,
      invitedBy: id,
      createdAt: test.clock.at,
      expiresAt: test.clock.at + 7 * day,
      holds: true,
    })
    const token = await test.tokenTo(email)
    const [mail] = mailbox.list().filter(({ to }) => to === email)
    expect(mail?.text).toContain('https://shop.example/accept-invitation#token=')
    expect(mail?.text).toContain('collection=customers')
    expect(mail?.text).toContain('7 days')
    const signedIn = await accept(token, { seats: 3 })
    expect(signedIn.user).toMatchObject({ email, verified: true, company: 'Acme', seats: 3 })
    expect(
      (await auth.sessions.verify({ cookieToken: signedIn.cookieToken ?? '' }, { collections: ['customers'] }))
        .authenticated,
    ).toBe(true)
    expect(await outcomeOf(auth.collections.customers.login({ email, password }))).toBe('done')
    expect(await auth.collections.customers.invitations.list()).not.toContainEqual(expect.objectContaining({ email }))
    await settle()
    const about = { collection: 'customers', invitation: invitation.id }
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'invitation.created', ...about, principalId: null, actorId: id }),
    )
    const { user } = signedIn
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'invitation.accepted', ...about, principalId: user.id }),
    )
    expect(JSON.stringify(events)).not.toContain(token.slice(37))
  })

  it('are taken once, until they expire, for their own collection and address', async () => {
    const { auth, clock } = test
    const { token, email } = await invite()
    const asVendor = auth.collections.vendors.invitations.accept(token, { password })
    expect(await outcomeOf(asVendor)).toBe('token_invalid')
    for (const purpose of ['confirmPasswordReset', 'confirmVerification'] as const) {
      const misused = auth.collections.customers[purpose](token, password as never)
      expect(await outcomeOf(misused)).toBe('token_invalid')
    }
    expect(await outcomeOf(accept(token, { ...open, email: 'other@example.test' }))).toBe('token_invalid')
    expect(await outcomeOf(accept(token, { ...open, email }))).toBe('done')
    expect(await outcomeOf(accept(token))).toBe('token_invalid')
    const late = await invite()
    clock.at += 7 * day
    expect(await outcomeOf(accept(late.token))).toBe('token_invalid')
    const listed = await auth.collections.customers.invitations.list({ limit: 1_000 })
    expect(listed).toContainEqual(expect.objectContaining({ email: late.email, holds: false }))
    clock.at += 3_600_001
    await auth.jobs.run()
    expect((await auth.collections.customers.invitations.list({ limit: 1_000 })).map(({ id }) => id)).not.toContain(
      late.id,
    )
    for (const nothing of ['', 'x'.repeat(80), 5, undefined, null, ['x'], { length: 80 }]) {
      expect(await outcomeOf(accept(nothing as string))).toBe('token_invalid')
    }
  })

  it('are consumed by one of many at once', async () => {
    const { token, email } = await invite()
    const tries = rounds({ test: 10, ci: 25, long: 50 })
    const outcomes = await Promise.all(Array.from({ length: tries }, () => outcomeOf(accept(token))))
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
    expect(outcomes.filter((outcome) => !['done', 'token_invalid', 'unavailable'].includes(outcome))).toEqual([])
    expect(await outcomeOf(test.auth.collections.customers.login({ email, password }))).toBe('done')
  })

  it('stay good where the input is not', async () => {
    const { auth } = test
    const { token } = await invite()
    expect(await outcomeOf(accept(token, { ...open, password: 'short' }))).toBe('weak_password')
    expect(await outcomeOf(accept(token, {}))).toBe('invalid_request')
    for (const name of ['verified', 'id', 'role', 'rating', 'status']) {
      expect(await outcomeOf(accept(token, { ...open, [name]: true })), name).toBe('unknown_field')
    }
    await auth.collections.customers.create({ email: test.fresh(), password, company: 'A', phone: '1' })
    expect(await outcomeOf(accept(token, { ...open, phone: '1' }))).toBe('conflict')
    const decided = await auth.collections.customers.invitations.create({ email: test.fresh(), company: 'Acme' })
    const its = await test.tokenTo(decided.email)
    expect(await outcomeOf(accept(its, { company: 'Another' }))).toBe('invalid_request')
    expect(await outcomeOf(accept(token))).toBe('done')
    expect(await outcomeOf(accept(its, {}))).toBe('done')
  })

  it('are replaced by the next to the same address, sent again and revoked', async () => {
    const { auth, clock, events } = test
    const { invitations } = auth.collections.customers
    const first = await invite()
    const second = await invite(first.email)
    expect(second.id).not.toBe(first.id)
    expect(await outcomeOf(accept(first.token))).toBe('token_invalid')
    clock.at += day
    const again = await invitations.resend(second.id)
    expect(again).toMatchObject({ email: first.email, expiresAt: clock.at + 7 * day })
    expect(await outcomeOf(accept(second.token))).toBe('token_invalid')
    expect((await invitations.list({ limit: 1_000 })).filter(({ email }) => email === first.email)).toHaveLength(1)
    expect(await outcomeOf(invitations.resend(second.id))).toBe('not_found')
    const token = await test.tokenTo(first.email)
    await invitations.revoke(again.id)
    expect(await outcomeOf(accept(token))).toBe('token_invalid')
    expect(await outcomeOf(invitations.revoke(again.id))).toBe('not_found')
    expect(await outcomeOf(invitations.revoke('nothing'))).toBe('not_found')
    const other = await invite()
    expect(await outcomeOf(auth.collections.vendors.invitations.revoke(other.id))).toBe('not_found')
    expect(events).toContainEqual(expect.objectContaining({ type: 'invitation.revoked', invitation: again.id }))
  })

  it('send no more than three mails an hour to one address, and none once revoked', async () => {
    const { auth, clock, mailbox, settle } = test
    const { invitations } = auth.collections.customers
    const email = test.fresh()
    for (let sent = 0; sent < 3; sent += 1) await invitations.create({ email })
    expect(await outcomeOf(invitations.create({ email }))).toBe('rate_limited')
    clock.at += 3_600_000
    expect(await outcomeOf(invitations.create({ email }))).toBe('done')
    await settle()
    const before = mailbox.list().length
    const { id } = await invitations.create({ email })
    // The job waits for the background, and finds nothing any more.
    await invitations.revoke(id)
    await settle()
    expect(mailbox.list().length).toBe(before)
  })

  it('keep no secret: neither in the row nor with the job of the mail', async () => {
    const { auth, settle } = test
    const email = test.fresh()
    await auth.collections.customers.invitations.create({ email })
    const [job] = (await storage.find(outbox, { limit: 'all' })).filter(({ recipient }) => recipient === email)
    const [row] = (await storage.find(verifications, { limit: 'all' })).filter(({ subject }) => subject === email)
    expect(job).toMatchObject({ kind: 'invitation', flow_id: row?.id, payload: null })
    await settle()
    const secretPart = (await test.tokenTo(email)).slice(37)
    expect(secretPart).toHaveLength(43)
    for (const table of [outbox, verifications]) {
      expect(JSON.stringify(await storage.find(table, { limit: 'all' }))).not.toContain(secretPart)
    }
  })

  it('take an account over that was never verified, clean', async () => {
    const { auth } = test
    const { customers } = auth.collections
    const email = test.fresh()
    const { token } = await invite(email)
    const strangers = 'password of a stranger'
    const account = await customers.create({ email, password: strangers, company: 'Evil', phone: '+666', seats: 9 })
    const session = await customers.login({ email, password: strangers })
    const { key } = await auth.apiKeys.create({ principalId: String(account.id), scopes: null })
    const signedIn = await accept(token)
    expect(signedIn.user).toMatchObject({ id: account.id, verified: true, company: 'Acme', phone: null, seats: null })
    const alive = await auth.sessions.verify({ cookieToken: session.cookieToken ?? '' }, { collections: ['customers'] })
    expect(alive.authenticated).toBe(false)
    expect((await auth.verify({ bearerToken: key }, { collections: ['customers'] })).authenticated).toBe(false)
    expect(await outcomeOf(customers.login({ email, password: strangers }))).toBe('invalid_credentials')
    expect(await outcomeOf(customers.login({ phone: '+666', password }))).toBe('invalid_credentials')
    expect(await outcomeOf(customers.login({ email, password }))).toBe('done')
    const its = await auth.sessions.verify({ cookieToken: signedIn.cookieToken ?? '' }, { collections: ['customers'] })
    expect(its.authenticated).toBe(true)
  })

  it('touch no account whose address is proved, nor one that was disabled', async () => {
    const { auth } = test
    const { customers } = auth.collections
    const email = test.fresh()
    const { token } = await invite(email)
    const { id } = await customers.create({ email, password: 'the owner’s own one', ...open }, { verified: true })
    expect(await outcomeOf(accept(token))).toBe('email_taken')
    expect(await outcomeOf(customers.login({ email, password: 'the owner’s own one' }))).toBe('done')
    expect(await outcomeOf(customers.invitations.create({ email }))).toBe('email_taken')
    await customers.delete(String(id))
    expect(await outcomeOf(accept(token))).toBe('done')
    const other = await invite()
    const disabled = await customers.create({ email: other.email, password, ...open })
    await customers.disable(String(disabled.id))
    expect(await outcomeOf(accept(other.token))).toBe('email_taken')
  })

  it('race with a registration of the address, and win', async () => {
    const { auth } = test
    const { vendors } = auth.collections
    for (let round = 0; round < rounds({ test: 2, ci: 4, long: 50 }); round += 1) {
      const email = test.fresh()
      await auth.users.invitations.create({ email })
      const token = await test.tokenTo(email)
      const username = `u${email.slice(0, email.indexOf('@'))}`
      const [accepted] = await Promise.all([
        outcomeOf(auth.users.invitations.accept(token, { password, username, name: 'Own' })),
        outcomeOf(auth.users.register({ email, password: 'of a stranger alone', username: `x${username}`, name: 'X' })),
      ])
      expect(accepted).toBe('done')
      expect(await outcomeOf(auth.users.login({ email, password: 'of a stranger alone' }))).toBe('invalid_credentials')
      expect(await outcomeOf(auth.users.login({ email, password }))).toBe('done')
    }
    expect(vendors.collection.name).toBe('vendors')
  })

  it('go through the sign-in pipeline: a required second factor is asked for', async () => {
    const { auth } = test
    const email = test.fresh()
    await auth.collections.vendors.invitations.create({ email })
    const token = await test.tokenTo(email)
    await expect(auth.collections.vendors.invitations.accept(token, { password })).rejects.toMatchObject({
      code: 'mfa_required',
      mfa: { enrollmentRequired: true },
    })
  })
})

describe.each(firstWhereQuick(stores))('who invites, on $name', ({ open: openStore }) => {
  let test: InvitationsTest
  let close: () => Promise<void>

  beforeAll(async () => {
    const store = await openStore()
    close = store.close
    test = await openInvitations(store.storage)
  })
  afterAll(async () => {
    await test?.auth.close()
    await close?.()
  })

  const own = (email: string) => ({ password, username: email.slice(0, email.indexOf('@')), name: 'N' })
  const join = async (email: string) => test.auth.users.invitations.accept(await test.tokenTo(email), own(email))

  it('needs the permission to make accounts of the collection', async () => {
    const { auth } = test
    const member = await test.person('member')
    const publisher = await test.person('publisher')
    const clerk = await test.person('clerk')
    const create = (collection: 'users' | 'customers', by: typeof member.by) =>
      outcomeOf(
        (collection === 'users' ? auth.users : auth.collections.customers).invitations.create(
          { email: test.fresh() },
          { by },
        ),
      )
    expect(await create('users', member.by)).toBe('forbidden')
    expect(await create('users', publisher.by)).toBe('done')
    expect(await create('customers', publisher.by)).toBe('forbidden')
    expect(await create('customers', clerk.by)).toBe('done')
    const { id } = await auth.users.invitations.create({ email: test.fresh() })
    expect(await outcomeOf(auth.users.invitations.revoke(id, { by: member.by }))).toBe('forbidden')
    expect(await outcomeOf(auth.users.invitations.resend(id, { by: member.by }))).toBe('forbidden')
    expect(await outcomeOf(auth.users.invitations.revoke(id, { by: publisher.by }))).toBe('done')
  })

  it('gives no role beyond its own rights, neither at once nor by sending again', async () => {
    const { auth } = test
    const clerk = await test.person('clerk')
    const publisher = await test.person('publisher')
    const create = (role: string | null, by: typeof clerk.by) =>
      outcomeOf(auth.users.invitations.create({ email: test.fresh() }, { role, by }))
    expect(await create('author', clerk.by)).toBe('forbidden')
    expect(await create('admin', publisher.by)).toBe('forbidden')
    expect(await create('member', clerk.by)).toBe('done')
    expect(await create(null, clerk.by)).toBe('done')
    expect(await create('nobody', clerk.by)).toBe('invalid_request')
    const email = test.fresh()
    const { id, role } = await auth.users.invitations.create({ email }, { role: 'author', by: publisher.by })
    expect(role).toBe('author')
    expect(await outcomeOf(auth.users.invitations.resend(id, { by: clerk.by }))).toBe('forbidden')
    expect((await join(email)).user).toMatchObject({ roles: ['author'] })
    const plain = test.fresh()
    await auth.users.invitations.create({ email: plain }, { by: clerk.by })
    expect((await join(plain)).user).toMatchObject({ roles: ['member'] })
    const elsewhere = auth.collections.customers.invitations.create({ email: test.fresh() }, { role: 'member' })
    expect(await outcomeOf(elsewhere)).toBe('invalid_request')
  })

  it('must still have the right, and the rights of the role, when it is accepted', async () => {
    const { auth } = test
    const publisher = await test.person('publisher')
    const [withRole, without] = [test.fresh(), test.fresh()]
    await auth.users.invitations.create({ email: withRole }, { role: 'author', by: publisher.by })
    await auth.users.invitations.create({ email: without }, { by: publisher.by })
    await auth.permissions.assign(publisher.id, 'clerk')
    await auth.permissions.unassign(publisher.id, 'publisher')
    // It may invite still, but gives no author any more.
    expect(await outcomeOf(join(withRole))).toBe('token_invalid')
    await auth.permissions.unassign(publisher.id, 'clerk')
    expect(await outcomeOf(join(without))).toBe('token_invalid')
    expect(await auth.users.findByEmail(withRole)).toBeUndefined()
    await auth.permissions.assign(publisher.id, 'publisher')
    expect(await outcomeOf(join(withRole))).toBe('done')
    expect(await outcomeOf(join(without))).toBe('done')
  })

  it.each(['disable', 'delete', 'sign out', 'password'] as const)(
    'ends its invitations with itself: %s',
    async (how) => {
      const { auth } = test
      const clerk = await test.person('clerk')
      const email = test.fresh()
      const { id } = await auth.users.invitations.create({ email }, { by: clerk.by })
      const token = await test.tokenTo(email)
      if (how === 'disable') await auth.users.disable(clerk.id)
      if (how === 'delete') await auth.users.delete(clerk.id)
      if (how === 'sign out') await auth.sessions.revokeAll(clerk.id)
      if (how === 'password') await auth.users.setPassword(clerk.id, 'another long password')
      expect(await outcomeOf(auth.users.invitations.accept(token, own(email)))).toBe('token_invalid')
      const listed = (await auth.users.invitations.list({ limit: 1_000 })).find((one) => one.id === id)
      if (how === 'delete') return expect(listed).toBeUndefined()
      expect(listed).toMatchObject({ holds: false })
      // Whoever sends it again makes it its own.
      const other = await test.person('clerk')
      expect(await auth.users.invitations.resend(id, { by: other.by })).toMatchObject({
        holds: true,
        invitedBy: other.id,
      })
      expect(await outcomeOf(join(email))).toBe('done')
    },
  )

  it('is held to the scopes of an API key, and the key has to hold', async () => {
    const { auth } = test
    const publisher = await test.person('publisher')
    const byKey = async (scopes: readonly string[]) => {
      const made = await auth.apiKeys.create({ principalId: publisher.id, scopes: scopes as readonly 'users:create'[] })
      const result = await auth.verify({ bearerToken: made.key })
      if (!result.authenticated) throw new Error(result.code)
      return { id: made.apiKey.id, by: result.authentication }
    }
    const key = await byKey(['users:create'])
    const wide = await byKey(['users:create', 'content:read', 'content:update'])
    const [first, second, third] = [test.fresh(), test.fresh(), test.fresh()]
    const { invitations } = auth.users
    expect(await outcomeOf(invitations.create({ email: first }, { role: 'author', by: key.by }))).toBe('forbidden')
    await invitations.create({ email: first }, { by: key.by })
    await invitations.create({ email: second }, { role: 'author', by: wide.by })
    await invitations.create({ email: third }, { by: key.by })
    expect(await outcomeOf(join(first))).toBe('done')
    expect((await join(second)).user).toMatchObject({ roles: ['author'] })
    await auth.apiKeys.revoke(key.id)
    expect(await outcomeOf(join(third))).toBe('token_invalid')
  })

  it('asks for the second factor that the role wants, although nobody else sees the role yet', async () => {
    const { auth } = test
    const email = test.fresh()
    await auth.users.invitations.create({ email }, { role: 'guarded' })
    expect(await outcomeOf(join(email))).toBe('mfa_required')
    expect(await outcomeOf(auth.users.login({ email, password }))).toBe('mfa_required')
  })

  it('replaces the roles of an account that it has taken over', async () => {
    const { auth } = test
    const publisher = await test.person('publisher')
    const email = test.fresh()
    await auth.users.create({ email, password: 'of a stranger alone', username: `s${own(email).username}`, name: 'S' })
    await auth.users.invitations.create({ email }, { role: 'author', by: publisher.by })
    expect((await join(email)).user).toMatchObject({ roles: ['author'], username: own(email).username })
    expect(await outcomeOf(auth.users.login({ username: `s${own(email).username}`, password }))).toBe(
      'invalid_credentials',
    )
  })
})

describe('hooks', () => {
  it('may refuse an invitation, which stays good, and are told of the account', async () => {
    const told: string[] = []
    let refuse = true
    const [store] = stores
    if (store === undefined) throw new Error('no store')
    const { storage, close } = await store.open()
    const test = await openInvitations(storage, {
      hooks: {
        beforeRegister: () => (refuse ? { refuse: 'Not today.' } : undefined),
        afterRegister: ({ email }) => told.push(email),
        beforeSignIn: () => undefined,
      },
    })
    const { invitations } = test.auth.collections.vendors
    const email = test.fresh()
    await invitations.create({ email })
    const token = await test.tokenTo(email)
    expect(await outcomeOf(invitations.accept(token, { password }))).toBe('forbidden')
    refuse = false
    expect(await outcomeOf(invitations.accept(token, { password }))).toBe('mfa_required')
    await test.settle()
    expect(told).toEqual([email])
    await test.auth.close()
    await close()
  })
})

describe('registration', () => {
  it('needs an invitation where the collection says so, for every address alike', async () => {
    const [store] = stores
    if (store === undefined) throw new Error('no store')
    const { storage, close } = await store.open()
    const test = await openInvitations(storage)
    const email = test.fresh()
    await test.auth.collections.customers.invitations.create({ email })
    for (const address of [email, test.fresh()]) {
      const registering = test.auth.collections.customers.register({ email: address, password, company: 'A' })
      await expect(registering).rejects.toMatchObject({ code: 'method_disabled' })
    }
    await test.auth.close()
    await close()
  })
})
