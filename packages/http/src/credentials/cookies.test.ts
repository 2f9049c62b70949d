import { describe, expect, it } from 'vitest'
import { createSessionCookies, readCookie } from './cookies.js'

const plain = createSessionCookies({ cookieName: 'session', cookieSameSite: 'lax', secure: false })
const secure = createSessionCookies({ cookieName: 'session', cookieSameSite: 'strict', secure: true })

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

  it.each([
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
