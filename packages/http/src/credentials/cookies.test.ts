import { describe, expect, it } from 'vitest'
import { createSessionCookies, readCookie } from './cookies.js'
import { createRefreshCookies } from './refresh-cookies.js'

const usual = { cookieName: 'session', cookieDomain: undefined, basePath: '/api/v1' } as const
const plain = createSessionCookies({ ...usual, cookieSameSite: 'lax', cookieSecure: false })
const secure = createSessionCookies({ ...usual, cookieSameSite: 'strict', cookieSecure: true })

describe('createSessionCookies', () => {
  it('names the cookie of each collection', () => {
    expect(plain.nameOf('users')).toBe('session')
    expect(plain.nameOf('customers')).toBe('session_customers')
    expect(secure.nameOf('users')).toBe('__Host-session')
    expect(secure.nameOf('customers')).toBe('__Host-session_customers')
  })

  it('writes what keeps scripts, other sites and plain http away', () => {
    expect(plain.issue('users', 'abc', 86_400)).toBe('session=abc; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax')
    expect(secure.issue('users', 'abc', 60.9)).toBe(
      '__Host-session=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure',
    )
  })

  it('never promises more than 400 days, nor less than none', () => {
    expect(plain.issue('users', 'abc', 1e12)).toContain('Max-Age=34560000;')
    expect(plain.issue('users', 'abc', -5)).toContain('Max-Age=0;')
  })

  it('clears with the attributes it was set with', () => {
    expect(secure.clear('customers')).toBe(
      '__Host-session_customers=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure',
    )
  })

  it('is for a whole domain where the options say so, with the prefix that is left', () => {
    const wide = createSessionCookies({
      ...usual,
      cookieDomain: 'app.test',
      cookieSameSite: 'none',
      cookieSecure: true,
    })
    const attributes = 'Path=/; Domain=app.test; HttpOnly; SameSite=None; Secure'
    expect(wide.issue('users', 'abc', 60)).toBe(`__Secure-session=abc; Max-Age=60; ${attributes}`)
    expect(wide.clear('customers')).toBe(`__Secure-session_customers=; Max-Age=0; ${attributes}`)
    expect(wide.presentIn('__Secure-session=abc')).toBe(true)
    expect(wide.presentIn('__Host-session-mfa=abc')).toBe(true)
    // Nobody is signed in by the name that it had before.
    expect(wide.presentIn('__Host-session=abc')).toBe(false)
  })

  it('has names and values that every browser keeps', () => {
    // RFC 6265bis §5.6: of more than 4,096 bytes of name and value, nothing is kept.
    const long = createSessionCookies({
      ...usual,
      cookieName: 'n'.repeat(64),
      cookieSameSite: 'lax',
      cookieSecure: true,
    })
    const [pair = ''] = long.issue('c'.repeat(63), 'v'.repeat(512), 60).split(';')
    expect(Buffer.byteLength(pair)).toBeLessThanOrEqual(4_096)
  })

  it.each([
    ['session-refresh=abc', true],
    ['session-refresh_customers=abc', true],
    ['session-refreshed=abc', false],
    ['session=abc', true],
    ['a=b; session_customers=abc', true],
    ['session=abc; session=def', true],
    ['session-mfa=abc', true],
    ['a=b; session-mfa_customers', true],
    ['session-mfax=abc', false],
    ['session-device=abc', false],
    ['session="', true],
    ['session', true],
    [' session =x', true],
    ['sessions=abc', false],
    ['my_session=abc', false],
    ['a=session', false],
    ['theme=dark', false],
    ['', false],
    [null, false],
  ])('sees whether %j brings a session: %s', (header, present) => {
    expect(plain.presentIn(header)).toBe(present)
  })
})

describe('createRefreshCookies', () => {
  const on = createRefreshCookies({ ...usual, cookieDomain: 'app.test', cookieSameSite: 'strict', cookieSecure: true })
  const off = createRefreshCookies({ ...usual, basePath: '/v2', cookieSameSite: 'lax', cookieSecure: false })

  it('goes to the refresh route of its collection alone, and to one host', () => {
    expect(on.issue('users', 'a.1.b', 60)).toBe(
      '__Secure-session-refresh=a.1.b; Max-Age=60; Path=/api/v1/auth/refresh; HttpOnly; SameSite=Strict; Secure',
    )
    expect(off.issue('customers', 'a.1.b', 1e12)).toBe(
      'session-refresh_customers=a.1.b; Max-Age=34560000; Path=/v2/collections/customers/auth/refresh; HttpOnly; SameSite=Lax',
    )
    expect(on.clear('users')).toBe(
      '__Secure-session-refresh=; Max-Age=0; Path=/api/v1/auth/refresh; HttpOnly; SameSite=Strict; Secure',
    )
  })

  it('reads its own, once', () => {
    expect(on.read('__Secure-session-refresh=a.1.b; other=x', 'users')).toBe('a.1.b')
    for (const header of [
      '__Secure-session-refresh=a.1.b; __Secure-session-refresh=c.1.d',
      'session-refresh=a.1.b',
      '__Secure-session-refresh_customers=a.1.b',
      '__Secure-session-refresh=',
      null,
    ]) {
      expect(on.read(header, 'users')).toBeUndefined()
    }
  })
})

describe('readCookie', () => {
  it.each([
    'session=abc',
    'a=b; session=abc',
    'a=b;session=abc;c=d',
    'session=abc ; c=d',
    'xsession=1; session=abc; sessionx=2; session_customers=3',
    'a=session=1; session=abc',
    'session; session=abc',
  ])('finds the value in %j', (header) => {
    expect(readCookie(header, 'session')).toBe('abc')
  })

  it.each([
    null,
    '',
    'a=b',
    'session',
    'session=',
    'Session=abc',
    'session=abc; session=abc',
    'session=abc; a=b; session=def',
    'session=; session=abc',
    'session="abc"',
    'session=a b',
    'session=%61bc',
    'session=é',
    `session=${'a'.repeat(600)}`,
  ])('finds none in %j', (header) => {
    expect(readCookie(header, 'session')).toBeUndefined()
  })

  it('does not take a planted cookie without the prefix for one with it', () => {
    expect(readCookie('session=abc', '__Host-session')).toBeUndefined()
    expect(readCookie('__Host-session=abc', 'session')).toBeUndefined()
  })

  it('finds the value in a header full of almost the name', () => {
    const header = `${'session'.repeat(2_000)}; ${' '.repeat(2_000)}session=abc`
    expect(readCookie(header, 'session')).toBe('abc')
  })
})
