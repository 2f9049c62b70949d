import { describe, expect, it } from 'vitest'
import { createRedirects, redirectProblem, withParameter } from './redirects.js'

const base = 'https://app.test'
const redirects = createRedirects(base, ['/welcome', 'https://spa.test/callback', 'http://localhost:5173/'])

/** What a browser reads otherwise than it looks, and what tempts a check that compares texts. */
const hostile = [
  'https://evil.test',
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '\u0001https://evil.test',
  '/..//evil.test',
  '/welcome/..//evil.test',
  '/./',
  'https://app.test.evil.test/',
  'https://app.test@evil.test/',
  'https://evil.test@app.test/',
  'https://user:password@app.test/',
  'https://app.test:444/',
  'http://app.test/',
  'javascript:alert(1)',
  'data:text/html,x',
  'https://app.test/welcome/',
  'https://app.test/Welcome',
  'https://app.test/welcome%2f',
  'https://app.test/welcome;x',
  'https://app.test//welcome',
  'https://app.test/other',
  'https://spa.test/',
  'https://spa.test/callback/more',
  'https://SPA.test.evil.test/callback',
  'blob:https://app.test/x',
  'https:evil.test',
  'https://[::1]/',
  '/welcome\u0000',
  '/welcom\u0435',
]

describe('createRedirects', () => {
  it.each(hostile)('leads nobody to %j', (target) => {
    const found = redirects.find(target)
    // Some of them are what they seem once a browser has read them: then it is the allowed place, written out.
    if (found !== undefined) expect(['https://app.test/', 'https://app.test/welcome']).toContain(found)
    expect(found ?? '').not.toContain('evil')
  })

  it('refuses all of them but those that are an allowed place in another spelling', () => {
    expect(hostile.filter((target) => redirects.find(target) !== undefined)).toEqual(['/./', '/welcome\u0000'])
  })

  it('sends on what was read, not what came', () => {
    expect(redirects.find(undefined)).toBe('https://app.test/')
    expect(redirects.find('')).toBe('https://app.test/')
    expect(redirects.find('/welcome')).toBe('https://app.test/welcome')
    expect(redirects.find('/wel\ncome\r\n')).toBe('https://app.test/welcome')
    expect(redirects.find('https://SPA.test:443/callback?tab=1#x')).toBe('https://spa.test/callback?tab=1')
    expect(redirects.find('http://localhost:5173')).toBe('http://localhost:5173/')
  })

  it('drops what the answer says itself', () => {
    expect(redirects.find('/welcome?code=stolen&error=x&state=1&iss=2&tab=1')).toBe('https://app.test/welcome?tab=1')
    expect(withParameter('https://app.test/welcome?tab=1', 'error', 'oauth_failed')).toBe(
      'https://app.test/welcome?tab=1&error=oauth_failed',
    )
  })
})

describe('redirectProblem', () => {
  it('takes paths and addresses', () => {
    for (const text of ['/', '/welcome', 'https://spa.test/callback', 'http://localhost:1/']) {
      expect(redirectProblem(text, base)).toBe(undefined)
    }
  })

  it('refuses what could be meant otherwise', () => {
    for (const text of [
      '//spa.test/x',
      '/\\spa.test',
      'javascript:x',
      'https://a@b.test/',
      '/x?y=1',
      '/x#y',
      'https://',
    ]) {
      expect(redirectProblem(text, base), text).toMatch(/^must/)
    }
  })
})
