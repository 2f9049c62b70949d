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
