import { describe, expect, it } from 'vitest'
import { isEmailAddress } from './email.js'

describe('isEmailAddress', () => {
  it.each([
    'ada@example.com',
    'a@b.co',
    'ada.lovelace+cardea@sub.example.co.uk',
    "o'brien@example.ie",
    'ADA@EXAMPLE.COM',
    'x_y-z@xn--80ak6aa92e.xn--p1ai',
    `${'a'.repeat(64)}@example.com`,
    '1@1.example',
  ])('takes %s', (address) => expect(isEmailAddress(address)).toBe(true))

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@@example.com',
    'ada@exa@mple.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..b@example.com',
    'ada@example..com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example.1',
    'ada@127.0.0.1',
    'ada@[127.0.0.1]',
    '"ada b"@example.com',
    'ada @example.com',
    ' ada@example.com',
    'ada@example.com ',
    'ada@example.com\n',
    'ada@example.com\r\nBcc: eve@example.com',
    'Ada <ada@example.com>',
    'ada@example.com,eve@example.com',
    'ad\u0430@example.com', // Cyrillic a
    'ada@ex\u0430mple.com',
    'ada@example.com\u0000',
    'a\u200bda@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'a.'.repeat(125)}com`,
  ])('refuses %j', (address) => expect(isEmailAddress(address)).toBe(false))

  it('takes no time over long texts that nearly fit', () => {
    for (const text of [`${'a.'.repeat(1_000_000)}@`, `a@${'a-'.repeat(1_000_000)}`, 'a'.repeat(2_000_000)]) {
      expect(isEmailAddress(text)).toBe(false)
    }
  })
})
