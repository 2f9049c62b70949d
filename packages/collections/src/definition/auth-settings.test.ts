import { describe, expect, it } from 'vitest'
import { text } from '../field/builders.js'
import { authSettings, identityFields } from './auth-settings.js'
import { builtInUsers, defineCollection } from './define-collection.js'

describe('authSettings', () => {
  it('has defaults', () => {
    expect(authSettings(defineCollection('customers', { type: 'auth' }))).toStrictEqual({
      password: { enabled: true, minLength: 8, requireUpper: false, requireNumber: false, requireSpecial: false },
      otp: { enabled: false, createUser: false },
      mfa: { enabled: false, required: false },
      oauth: { enabled: true, createUser: true, linkByEmail: true },
      lifetimes: {
        accessSeconds: 86_400,
        cookieSeconds: 86_400,
        rememberSeconds: 2_592_000,
        idleSeconds: 604_800,
        absoluteSeconds: 2_592_000,
      },
      registration: 'open',
      registrationAnswer: 'explicit',
      requireVerified: false,
      identifiers: [],
      signIn: { rule: true },
    })
  })

  it('takes each member of a group from where it is said last', () => {
    const own = defineCollection('vendors', {
      type: 'auth',
      auth: { password: { requireUpper: true }, otp: { enabled: true } },
    })
    expect(
      authSettings(own, { password: { minLength: 12, requireUpper: false }, otp: { createUser: true } }),
    ).toMatchObject({
      password: { enabled: true, minLength: 12, requireUpper: true },
      otp: { enabled: true, createUser: true },
    })
  })

  it('takes the own setting before the inherited one, also where it is false', () => {
    const inherited = { password: { enabled: false }, registration: 'closed', requireVerified: true } as const
    const plain = defineCollection('customers', { type: 'auth' })
    const own = defineCollection('vendors', {
      type: 'auth',
      auth: { password: { enabled: true }, registration: 'open', requireVerified: false },
    })
    expect(authSettings(plain, inherited)).toMatchObject(inherited)
    expect(authSettings(own, inherited)).toMatchObject({
      password: { enabled: true },
      registration: 'open',
      requireVerified: false,
    })
  })

  it('takes what was changed at run time before what code says in the same place', () => {
    const inherited = { registration: 'open', password: { minLength: 9, requireUpper: true } } as const
    const all = { registration: 'closed', password: { minLength: 10 } } as const
    const plain = defineCollection('customers', { type: 'auth' })
    const own = defineCollection('vendors', {
      type: 'auth',
      auth: { registration: 'open', password: { minLength: 11 } },
    })
    expect(authSettings(plain, inherited, { all })).toMatchObject({
      registration: 'closed',
      password: { minLength: 10, requireUpper: true },
    })
    expect(authSettings(own, inherited, { all })).toMatchObject({ registration: 'open', password: { minLength: 11 } })
    expect(
      authSettings(own, inherited, { all, own: { registration: 'closed', password: { minLength: 12 } } }),
    ).toMatchObject({ registration: 'closed', password: { minLength: 12 } })
  })

  it('inherits from an empty setting', () => {
    const customers = defineCollection('customers', { type: 'auth', auth: { password: {} } })
    expect(authSettings(customers, { password: { enabled: false } }).password.enabled).toBe(false)
  })
})

describe('identityFields', () => {
  it('begin with the e-mail address', () => {
    expect(identityFields(builtInUsers())).toStrictEqual(['email', 'username'])
    const customers = defineCollection('customers', {
      type: 'auth',
      fields: { phone: text({ unique: true }) },
      auth: { identifiers: ['phone'] },
    })
    expect(identityFields(customers)).toStrictEqual(['email', 'phone'])
  })
})
