import { describe, expect, it } from 'vitest'
import { changedSettings, mergeSettings, parseSettings, presentSettings } from './setting-values.js'

const parsed = (input: unknown) => {
  const result = parseSettings(input)
  if (!result.valid) throw new Error(JSON.stringify(result.issues))
  return result
}

describe('parseSettings', () => {
  it('brings units to seconds, fractions included', () => {
    const { set } = parsed({
      token_expiry_hours: 0.25,
      refresh_token_expiry_days: 1.5,
      cookie_duration: '1w',
      remember_duration: 120,
    })
    expect(set).toEqual({
      lifetimes: { accessSeconds: 900, idleSeconds: 129_600, cookieSeconds: 604_800, rememberSeconds: 120 },
    })
  })

  it('says limits in the unit of the setting', () => {
    const result = parseSettings({ token_expiry_hours: 1_000, session_expiry_days: 0, cookie_duration: 5 })
    expect(result.valid ? [] : result.issues.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'token_expiry_hours must be at most 720 hours',
      'cookie_duration must be at least 60 seconds',
      'session_expiry_days must be at least a minute',
    ])
  })

  it('takes nothing but an object', () => {
    for (const input of [null, [], 'x', 1]) expect(parseSettings(input).valid).toBe(false)
  })
})

describe('mergeSettings', () => {
  it('keeps what is not named, and drops what null was said of', () => {
    const before = parsed({ mfa_enabled: true, password_min_length: 12, registration: 'closed' }).set
    const after = mergeSettings(before, parsed({ mfa_enabled: null, password_require_upper: true, registration: null }))
    expect(after).toEqual({ password: { minLength: 12, requireUpper: true } })
    expect(changedSettings(before, after)).toEqual(['mfa_enabled', 'password_require_upper', 'registration'])
    expect(changedSettings(after, after)).toEqual([])
  })
})

describe('presentSettings', () => {
  it('takes each from the first layer that says something, false included', () => {
    const { values, sources } = presentSettings([
      ['own', { oauth: { enabled: false } }],
      ['all', { oauth: { enabled: true, createUser: false } }],
    ])
    expect([values.oauth_enabled, sources.oauth_enabled]).toEqual([false, 'own'])
    expect([values.oauth_auto_create_user, sources.oauth_auto_create_user]).toEqual([false, 'all'])
    expect([values.token_expiry_hours, sources.token_expiry_hours]).toEqual([24, 'default'])
  })
})
