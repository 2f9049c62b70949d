import { describe, expect, it } from 'vitest'
import { normalizeEmail } from './normalize-email.js'

describe('normalizeEmail', () => {
  it.each([
    ['user@example.com', 'user@example.com'],
    ['User.Name+tag@Example.COM', 'user.name+tag@example.com'],
    ["o'brien@example.ie", "o'brien@example.ie"],
    ['a@b.co', 'a@b.co'],
    ['1@1.example', '1@1.example'],
    ['user@xn--bcher-kva.example', 'user@xn--bcher-kva.example'],
    ['user@sub.sub-domain.example.museum', 'user@sub.sub-domain.example.museum'],
    [`${'l'.repeat(64)}@example.com`, `${'l'.repeat(64)}@example.com`],
    // 254 characters.
    [`${'l'.repeat(60)}@${'d.'.repeat(95)}exa`, `${'l'.repeat(60)}@${'d.'.repeat(95)}exa`],
  ])('accepts %s', (input, expected) => {
    expect(normalizeEmail(input)).toBe(expected)
  })

  it.each([
    ['nothing', ''],
    ['no @', 'user.example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'user@'],
    ['two @', 'user@evil.test@example.com'],
    ['a domain without a dot', 'user@localhost'],
    ['an IP address', 'user@127.0.0.1'],
    ['an address literal', 'user@[127.0.0.1]'],
    ['a dot at the end', 'user@example.com.'],
    ['a dot before the domain', 'user@.example.com'],
    ['two dots in the domain', 'user@example..com'],
    ['two dots in the local part', 'us..er@example.com'],
    ['a dot at the beginning', '.user@example.com'],
    ['a dot before the @', 'user.@example.com'],
    ['a label that begins with a hyphen', 'user@-example.com'],
    ['a label that ends with a hyphen', 'user@example-.com'],
    ['an underscore in the domain', 'user@ex_ample.com'],
    ['a space before', ' user@example.com'],
    ['a space after', 'user@example.com '],
    ['a space inside', 'us er@example.com'],
    ['a comma', 'user@example.com,victim@example.com'],
    ['a semicolon', 'user@example.com;victim@example.com'],
    ['angle brackets', '<user@example.com>'],
    ['a display name', 'User <user@example.com>'],
    ['quotes', '"user"@example.com'],
    ['a comment', 'user(comment)@example.com'],
    ['a backslash', 'us\\er@example.com'],
    ['CR LF', 'user@example.com\r\nBcc: victim@example.com'],
    ['a line feed at the end', 'user@example.com\n'],
    ['NUL', 'user\u0000@example.com'],
    ['DEL', 'user\u007f@example.com'],
    ['a lone surrogate', 'user\ud800@example.com'],
    ['65 characters before the @', `${'l'.repeat(65)}@example.com`],
    ['255 characters', `${'l'.repeat(60)}@${'d.'.repeat(95)}exam`],
    ['a label of 64 characters', `user@${'d'.repeat(64)}.com`],
    ['a megabyte', `user@${'d.'.repeat(524_288)}com`],
    ['null', null],
    ['undefined', undefined],
    ['a number', 0],
    ['true', true],
    ['an array', ['user@example.com']],
    ['an object', { toString: () => 'user@example.com' }],
  ])('refuses %s', (_what, input) => {
    expect(normalizeEmail(input)).toBeUndefined()
  })

  it.each([
    ['a fullwidth @', 'user\uff20example.com'],
    ['a Kelvin sign', '\u212ate@example.com'],
    ['a Kelvin sign in the domain', 'user@\u212aate.example'],
    ['a long s', '\u017ftefan@example.com'],
    ['a dotless i', 'm\u0131ke@example.com'],
    ['a dotted capital I', 'M\u0130KE@example.com'],
    ['a ligature', '\ufb01sh@example.com'],
    ['a Cyrillic a', '\u0430nna@example.com'],
    ['an accent', 'jos\u00e9@example.com'],
    ['a fullwidth letter', '\uff41nna@example.com'],
    ['a zero-width space', 'us\u200ber@example.com'],
    ['an ideographic full stop', 'user@example\u3002com'],
    ['a sharp s', 'stra\u00dfe@example.com'],
  ])('refuses %s, so that it cannot meet an ASCII address', (_what, input) => {
    expect(normalizeEmail(input)).toBeUndefined()
  })

  it('accepts what it returns', () => {
    const once = normalizeEmail('A.B@Example.com')
    expect(normalizeEmail(once)).toBe(once)
  })

  it('takes no time over long texts that nearly fit', () => {
    for (const text of [`${'a.'.repeat(1_000_000)}@`, `a@${'a-'.repeat(1_000_000)}`, 'a'.repeat(2_000_000)]) {
      expect(normalizeEmail(text)).toBeUndefined()
    }
  })
})
