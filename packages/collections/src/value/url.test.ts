import { describe, expect, it } from 'vitest'
import { isWebAddress } from './url.js'

describe('isWebAddress', () => {
  it.each([
    'https://example.com',
    'http://localhost:3000/a?b=c#d',
    'HTTPS://EXAMPLE.COM/',
    'https://m\u00fcnchen.example/stra\u00dfe',
    'http://[::1]:8080/',
  ])('takes %s', (address) => expect(isWebAddress(address)).toBe(true))

  it.each([
    '',
    'example.com',
    '/path',
    '//example.com',
    'https:example.com',
    'https:/example.com',
    'https://',
    'http://?',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'ftp://example.com',
    'file:///etc/passwd',
    'https:\\\\example.com',
    'https://example.com\\@evil.example',
    ' https://example.com',
    'https://example.com ',
    'https://exa mple.com',
    'ht\ttps://example.com',
    'https://example.com/\u0000',
    'https://example.com:99999/',
  ])('refuses %j', (address) => expect(isWebAddress(address)).toBe(false))
})
