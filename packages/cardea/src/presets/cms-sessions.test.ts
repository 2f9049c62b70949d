import { describe, expect, it } from 'vitest'
import { type CmsCookieSettings, cmsSessions } from './cms.js'

describe('cmsSessions', () => {
  it('takes the settings of a modula.config.json for what they say', () => {
    expect(
      cmsSessions({ cookie_name: 'modula_cms', cookie_duration: '1w', cookie_secure: true, cookie_samesite: 'none' }),
    ).toEqual({
      cookieName: 'modula_cms',
      cookieSecure: true,
      cookieSameSite: 'none',
      lifetimes: { cookieSeconds: 604_800 },
    })
    expect(cmsSessions({})).toEqual({})
  })

  it.each([
    ['1w', 604_800],
    ['2d', 172_800],
    ['24h', 86_400],
    ['30m', 1_800],
    ['90s', 90],
    ['3600', 3_600],
    [3_600, 3_600],
  ])('reads a duration of %j as %d seconds', (duration, seconds) => {
    expect(cmsSessions({ cookie_duration: duration }).lifetimes).toEqual({ cookieSeconds: seconds })
  })

  it.each(['', '0', '-1', '1y', '1.5h', ' 1w', '1w1d', 'NaN', -5, 0])('refuses a duration of %j', (duration) => {
    expect(() => cmsSessions({ cookie_duration: duration })).toThrow('cmsSessions: cookie_duration must be')
  })

  it('refuses what it does not know', () => {
    const settings: object = { cookie_httponly: false }
    expect(() => cmsSessions(settings as CmsCookieSettings)).toThrow('cookie_httponly is no setting of cookies')
  })
})
