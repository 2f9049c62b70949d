import { describe, expect, it } from 'vitest'
import { isUnsafeMethod, originOf, passesCsrf } from './csrf.js'

const allowed = new Set(['https://app.test', 'https://www.app.test'])
const passes = (headers: Record<string, string>, cookie: boolean, bareCookieAllowed = false) =>
  passesCsrf(new Headers(headers), allowed, { cookie, bareCookieAllowed })

describe('passesCsrf', () => {
  const accepted: Record<string, string>[] = [
    { origin: 'https://app.test' },
    { origin: 'https://www.app.test' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://app.test' },
    { 'sec-fetch-site': 'same-site', origin: 'https://www.app.test' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://www.app.test' },
    { referer: 'https://app.test/login?next=/' },
    { referer: 'https://www.app.test' },
    { 'sec-fetch-site': 'same-origin', referer: 'https://app.test/' },
    // With both, the origin is the better witness.
    { origin: 'https://app.test', referer: 'https://evil.test/' },
  ]
  const refused: Record<string, string>[] = [
    { origin: 'https://evil.test' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://app.test.evil.test' },
    { origin: 'http://app.test' },
    { origin: 'https://app.test:444' },
    { origin: 'https://app.test, https://evil.test' },
    { origin: 'https://APP.test' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'Same-Origin' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' },
    { 'sec-fetch-site': 'none', origin: 'null' },
    { referer: 'https://evil.test/https://app.test' },
    { referer: 'https://app.test@evil.test/' },
    { referer: 'app.test' },
    { referer: '' },
    { referer: 'about:blank' },
    { 'sec-fetch-site': 'same-origin', referer: 'https://evil.test/' },
    { origin: 'https://evil.test', referer: 'https://app.test/' },
  ]

  it.each(accepted)('lets %j through, with a cookie and without', (headers) => {
    expect(passes(headers, true)).toBe(true)
    expect(passes(headers, false)).toBe(true)
  })

  it.each(refused)('refuses %j, with a cookie, without, and for a logout', (headers) => {
    expect(passes(headers, true)).toBe(false)
    expect(passes(headers, false)).toBe(false)
    expect(passes(headers, true, true)).toBe(false)
  })

  it('lets a client that is no browser through, unless it brings a cookie', () => {
    expect(passes({}, false)).toBe(true)
    expect(passes({}, true)).toBe(false)
    expect(passes({}, true, true)).toBe(true)
  })

  it('allows nobody by an empty list', () => {
    const headers = new Headers({ origin: 'null', referer: 'x' })
    expect(passesCsrf(headers, new Set(), { cookie: false })).toBe(false)
  })
})

describe('originOf', () => {
  it('knows no origin of what has none', () => {
    for (const text of ['', 'about:blank', 'data:text/html,x', 'file:///etc/passwd', 'app.test', '//app.test']) {
      expect(originOf(text)).toBe('')
    }
    expect(originOf('HTTPS://App.test:443/x')).toBe('https://app.test')
  })
})

describe('isUnsafeMethod', () => {
  it('trusts only methods that are known to be safe', () => {
    expect(['GET', 'HEAD', 'OPTIONS'].some(isUnsafeMethod)).toBe(false)
    expect(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'get', ''].every(isUnsafeMethod)).toBe(true)
  })
})
