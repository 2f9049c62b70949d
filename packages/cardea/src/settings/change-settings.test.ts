import { eq } from '@cardea/core'
import { settings as settingsTable } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { createMailbox } from '../mail/mailbox.js'
import { createTestCardea } from '../testing.fixture.js'

const mail = { transport: createMailbox().send, from: 'Shop <shop@example.com>' }

async function prepared(options: Parameters<typeof createTestCardea>[0] = { more: { mail } }) {
  const test = createTestCardea(options)
  await test.auth.migrate()
  await test.auth.ready()
  const { settings } = test.auth
  const issuesOf = async (changes: Readonly<Record<string, unknown>>, where: { readonly collection?: string } = {}) =>
    await settings.change(changes, where).then(
      () => 'changed',
      (error: { readonly issues?: readonly { readonly path: string; readonly code: string }[] }) =>
        error.issues?.map(({ path, code }) => `${path} ${code}`) ?? String(error),
    )
  return { ...test, settings, issuesOf }
}

describe('settings.change', () => {
  it('lets the more special win, and what is stored over code in the same place', async () => {
    const { settings } = await prepared({ more: { mail }, auth: { password: { minLength: 10, requireUpper: true } } })
    const of = async (name: 'password_min_length' | 'password_require_upper', collection?: string) => {
      const { values, sources } = await settings.find({ collection })
      return [values[name], sources[name]]
    }
    expect(await of('password_min_length')).toEqual([10, 'options'])
    await settings.change({ password_min_length: 12 })
    expect(await of('password_min_length')).toEqual([12, 'global'])
    expect(await of('password_min_length', 'customers')).toEqual([12, 'global'])
    await settings.change({ password_min_length: 9, password_require_upper: false }, { collection: 'customers' })
    expect(await of('password_min_length', 'customers')).toEqual([9, 'collection'])
    expect(await of('password_require_upper', 'customers')).toEqual([false, 'collection'])
    expect(await of('password_min_length', 'users')).toEqual([12, 'global'])
    await settings.change({ password_min_length: null }, { collection: 'customers' })
    await settings.change({ password_min_length: null })
    expect(await of('password_min_length', 'customers')).toEqual([10, 'options'])
    expect(await of('password_require_upper', 'customers')).toEqual([false, 'collection'])
  })

  it('heeds what a definition says over what all collections inherit', async () => {
    const { auth, settings } = await prepared()
    await auth.definitions.create({
      name: 'staff',
      type: 'auth',
      auth: { registration: 'closed', token_expiry_hours: 2 },
    })
    await settings.change({ registration: 'open', token_expiry_hours: 3 })
    const { values, sources } = await settings.find({ collection: 'staff' })
    expect([values.registration, sources.registration]).toEqual(['closed', 'definition'])
    expect([values.token_expiry_hours, sources.token_expiry_hours]).toEqual([2, 'definition'])
    expect((await settings.find()).values.token_expiry_hours).toBe(3)
  })

  it('refuses names and values that code could not have either, by their places', async () => {
    const { issuesOf, settings } = await prepared()
    expect(await issuesOf({ password_minimum: 8 })).toEqual(['password_minimum unknown_field'])
    expect(
      await issuesOf({
        password_min_length: 7,
        otp_enabled: 'yes',
        registration: 'perhaps',
        token_expiry_hours: 721,
        refresh_token_expiry_days: 366,
        session_expiry_days: 0,
        cookie_duration: 'long',
        remember_duration: 59,
      }),
    ).toEqual([
      'password_min_length too_small',
      'otp_enabled invalid_type',
      'token_expiry_hours too_big',
      'cookie_duration invalid_type',
      'remember_duration too_small',
      'refresh_token_expiry_days too_big',
      'session_expiry_days too_small',
      'registration invalid_value',
    ])
    expect(await issuesOf({ mfa_required: ['admin', 'nobody'] })).toEqual(['mfa_required.1 not_found'])
    expect(Object.values((await settings.find()).sources)).not.toContain('global')
    await expect(settings.change({ otp_enabled: true }, { collection: 'nothing' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('leaves users a way in that works, counting neither providers nor mail that there are not', async () => {
    const { issuesOf, settings } = await prepared()
    expect(await issuesOf({ password_auth_enabled: false })).toEqual(['password_auth_enabled not_allowed'])
    expect(await issuesOf({ password_auth_enabled: false }, { collection: 'users' })).not.toBe('changed')
    expect(await issuesOf({ password_auth_enabled: false }, { collection: 'customers' })).toBe('changed')
    expect(await issuesOf({ password_auth_enabled: false, otp_enabled: true })).toBe('changed')
    // The one way that is left.
    expect(await issuesOf({ otp_enabled: null })).toEqual(['otp_enabled not_allowed'])
    expect(await issuesOf({ otp_enabled: false }, { collection: 'users' })).toEqual(['otp_enabled not_allowed'])
    expect((await settings.find({ collection: 'users' })).values).toMatchObject({
      password_auth_enabled: false,
      otp_enabled: true,
    })
  })

  it('refuses what works by mail alone while there is none', async () => {
    const { issuesOf } = await prepared({})
    for (const changes of [
      { otp_enabled: true },
      { verification_required: true },
      { registration_answer: 'uniform' },
    ]) {
      expect(await issuesOf(changes)).toEqual([`${Object.keys(changes)[0]} not_allowed`])
      expect(await issuesOf(changes, { collection: 'customers' })).toEqual([`${Object.keys(changes)[0]} not_allowed`])
    }
    expect(await issuesOf({ otp_enabled: false, registration: 'closed' })).toBe('changed')
  })

  it('tells of what has changed, by names, and of nothing where nothing has', async () => {
    const { settings, events, settle } = await prepared()
    const changes = async () => {
      await settle()
      return events.flatMap((event) => (event.type === 'settings.changed' ? [[event.collection, ...event.fields]] : []))
    }
    await settings.change({ password_min_length: 12, mfa_enabled: true })
    await settings.change({ password_min_length: 12 })
    await settings.change({ password_min_length: 12, otp_enabled: null }, { collection: 'customers' })
    await settings.change({ password_min_length: null })
    expect(await changes()).toEqual([
      [null, 'mfa_enabled', 'password_min_length'],
      ['customers', 'password_min_length'],
      [null, 'password_min_length'],
    ])
  })

  it('says which collections have a value of their own, which a change for all does not reach', async () => {
    const { auth, settings } = await prepared()
    await auth.definitions.create({ name: 'staff', type: 'auth', auth: { otp_enabled: false, registration: 'closed' } })
    await settings.change({ otp_enabled: false, mfa_enabled: true }, { collection: 'customers' })
    const { values, overrides } = await settings.change({ otp_enabled: true })
    expect(values.otp_enabled).toBe(true)
    expect(overrides).toEqual({
      otp_enabled: ['customers', 'staff'],
      mfa_enabled: ['customers'],
      registration: ['staff'],
    })
    expect((await settings.find({ collection: 'staff' })).values.otp_enabled).toBe(false)
    expect(await settings.find({ collection: 'staff' })).not.toHaveProperty('overrides')
    // The way to change it there, too.
    await settings.change({ otp_enabled: true }, { collection: 'staff' })
    expect((await settings.find({ collection: 'staff' })).sources.otp_enabled).toBe('collection')
  })

  it('takes a sign-in rule for one collection, of its own fields', async () => {
    const { issuesOf, settings } = await prepared()
    const rule = { company: { eq: 'Acme' } }
    expect(await issuesOf({ sign_in_rule: rule })).toEqual(['sign_in_rule not_allowed'])
    expect(await issuesOf({ sign_in_rule: false })).toEqual(['sign_in_rule not_allowed'])
    expect(await issuesOf({ sign_in_rule: { plan: { eq: 'x' } } }, { collection: 'customers' })).toEqual([
      'sign_in_rule.plan unknown_field',
    ])
    expect(await issuesOf({ sign_in_rule: rule }, { collection: 'users' })).toEqual([
      'sign_in_rule.company unknown_field',
    ])
    expect(await issuesOf({ sign_in_rule: rule }, { collection: 'customers' })).toBe('changed')
    expect((await settings.find({ collection: 'customers' })).values.sign_in_rule).toEqual(rule)
    expect((await settings.find({ collection: 'users' })).values.sign_in_rule).toBe(true)
    expect((await settings.find()).values.sign_in_rule).toBe(true)
  })

  it('shuts neither all users out nor whoever asks', async () => {
    const { auth, issuesOf, settings } = await prepared()
    expect(await issuesOf({ sign_in_rule: false }, { collection: 'users' })).toEqual(['sign_in_rule not_allowed'])
    const email = 'admin@example.com'
    const registered = await auth.users.register({ email, password: 'a good password', username: 'root' })
    if (registered.status !== 'signed_in') throw new Error(registered.status)
    const verified = await auth.sessions.verify({ accessToken: registered.signIn.accessToken ?? '' })
    if (!verified.authenticated) throw new Error(verified.code)
    const change = async (rule: unknown, by = verified.authentication) =>
      await settings
        .change({ sign_in_rule: rule }, { collection: 'users', by })
        .then(({ values }) => values.sign_in_rule)
        .catch(({ issues }: { readonly issues: readonly { readonly message: string }[] }) => issues[0]?.message)
    expect(await change({ username: { eq: 'somebody' } })).toBe('would shut you out')
    expect(await change({ username: { eq: 'root' } })).toEqual({ username: { eq: 'root' } })
    // Nobody who may change settings keeps the admins out, from wherever it asks.
    const boss = await auth.users.create({ email: 'boss@example.com', password: 'a good password', username: 'boss' })
    await auth.permissions.assign(boss.id, 'admin')
    const stranger = { ...verified.authentication, collection: 'customers' }
    expect(await change({ username: { eq: 'root' }, email: { contains: 'admin' } })).toBe('would shut all admins out')
    expect(await change({ username: { eq: 'nobody' } }, stranger)).toBe('would shut all admins out')
    const both = { username: { in: ['root', 'boss'] } }
    expect(await change(both)).toEqual(both)
    // What is somebody else's is theirs to know.
    const others = { sign_in_rule: { company: { eq: 'Acme' } } }
    const { values } = await settings.change(others, { collection: 'customers', by: verified.authentication })
    expect(values.sign_in_rule).toEqual(others.sign_in_rule)
  })

  it('looks at the fields as they are when a rule is written', async () => {
    const { auth, storage, settings } = await prepared()
    await auth.definitions.create({ name: 'staff', type: 'auth', fields: { plan: { type: 'text', optional: true } } })
    const transaction = storage.transaction.bind(storage)
    let isFirst = true
    // Another request drops the field after the rule was checked, and before it is written.
    Object.assign(storage, {
      transaction: async (...values: Parameters<typeof transaction>) => {
        if (isFirst) {
          isFirst = false
          await auth.definitions.change('staff', { drop: ['plan'] })
        }
        return await transaction(...values)
      },
    })
    const work = settings.change({ sign_in_rule: { plan: { eq: 'paid' } } }, { collection: 'staff' })
    await expect(work).rejects.toMatchObject({ code: 'unknown_field', issues: [{ path: 'sign_in_rule.plan' }] })
    expect((await settings.find({ collection: 'staff' })).values.sign_in_rule).toBe(true)
  })

  it('lets nobody in by a stored rule that cannot be understood', async () => {
    const { auth, settings, storage } = await prepared()
    await settings.change({ sign_in_rule: { company: { null: true } } }, { collection: 'customers' })
    const person = { email: 'somebody@example.com', password: 'a good password' }
    await auth.collections.customers.register(person)
    const signIn = async () =>
      await auth.collections.customers.login(person).then(
        () => 'done',
        ({ code }) => code,
      )
    expect(await signIn()).toBe('done')
    for (const signInSettings of [{ rule: { gone: { eq: 1 } } }, { rules: true }, true, { rule: 'all' }]) {
      await storage.update(settingsTable, {
        where: eq('scope', 'customers'),
        set: { content: { signIn: signInSettings } },
      })
      // Whatever else moves the version.
      await settings.change({ mfa_enabled: true })
      await settings.change({ mfa_enabled: null })
      expect(await signIn(), JSON.stringify(signInSettings)).toBe('sign_in_not_allowed')
    }
  })

  it('keeps nothing where all is inherited again', async () => {
    const { settings, storage } = await prepared()
    await settings.change({ mfa_enabled: true }, { collection: 'customers' })
    expect(await storage.count(settingsTable)).toBe(1)
    await settings.change({ mfa_enabled: null }, { collection: 'customers' })
    expect(await storage.count(settingsTable)).toBe(0)
  })

  it('loses neither of two changes at the same time', async () => {
    const { settings } = await prepared()
    await Promise.all([settings.change({ mfa_enabled: true }), settings.change({ password_min_length: 12 })])
    expect((await settings.find()).values).toMatchObject({ mfa_enabled: true, password_min_length: 12 })
  })

  it('is not there for another collection that gets the name', async () => {
    const { auth, settings, storage } = await prepared()
    await storage.insert(settingsTable, { scope: 'staff', content: { registration: 'closed' }, updated_at: 1 })
    await auth.definitions.create({ name: 'staff', type: 'auth' })
    expect((await settings.find({ collection: 'staff' })).sources.registration).toBe('default')
  })

  it('closes registration while what is stored cannot be understood', async () => {
    const { auth, settings, storage, logger } = await prepared()
    await settings.change({ registration: 'open', mfa_enabled: true })
    await storage.update(settingsTable, {
      where: eq('scope', ''),
      set: { content: { registration: 'by lot', mfa: { enabled: true } } },
    })
    // Whatever else moves the version.
    await settings.change({ mfa_enabled: true }, { collection: 'customers' })
    expect((await settings.find()).values).toMatchObject({ registration: 'closed', mfa_enabled: true })
    await expect(
      auth.users.register({ email: 'somebody@example.com', password: 'a good password' }),
    ).rejects.toMatchObject({ code: 'method_disabled' })
    expect(logger.lines.join()).toContain('cannot be understood (registration)')
    await settings.change({ registration: 'open' })
    expect((await settings.find()).values).toMatchObject({ registration: 'open', mfa_enabled: true })
  })
})
