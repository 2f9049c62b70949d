import { describe, expect, it } from 'vitest'
import { composeMessage, parseMailbox } from './message.js'

const texts = { subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' }
const from = 'App <no-reply@app.test>'

describe('composeMessage', () => {
  it.each([
    ['a line break', 'jane@example.com\r\nBcc: evil@evil.test'],
    ['a bare line feed', 'jane@example.com\nevil@evil.test'],
    ['a bare carriage return', 'jane@example.com\revil@evil.test'],
    ['a list', 'jane@example.com,evil@evil.test'],
    ['a list of another kind', 'jane@example.com;evil@evil.test'],
    ['a name', 'Jane <jane@example.com>'],
    ['an angle bracket', 'evil@evil.test> <jane@example.com'],
    ['a group', 'all:jane@example.com,evil@evil.test;'],
    ['a comment', 'jane@example.com (evil@evil.test)'],
    ['a quoted local part', '"evil@evil.test,jane"@example.com'],
    ['a space', 'jane@example.com evil@evil.test'],
    ['a NUL', 'jane@example.com\0'],
    ['a line separator', 'jane@example.com\u2028evil@evil.test'],
    ['a fullwidth at', 'jane＠evil.test@example.com'],
    ['two ats', 'jane@evil.test@example.com'],
    ['no at', 'jane'],
    ['nothing', ''],
  ])('sends to one address alone: not to %s', (_what, to) => {
    expect(composeMessage(from, to, texts)).toBeUndefined()
  })

  it('sends to the normal form of an address', () => {
    expect(composeMessage(from, 'Jane+x@Example.COM', texts)?.to).toBe('jane+x@example.com')
  })

  it('makes one line of a subject', () => {
    const subject = ' Hello\r\nBcc: evil@evil.test\u2028\u0085\0\u202ex\t  y '
    expect(composeMessage(from, 'jane@example.com', { ...texts, subject })?.subject).toBe(
      'Hello Bcc: evil@evil.test x y',
    )
    const long = composeMessage(from, 'jane@example.com', { ...texts, subject: `${'a'.repeat(199)}😀` })?.subject
    expect(long).toBe(`${'a'.repeat(199)}\ufffd`)
  })
})

describe('parseMailbox', () => {
  it('reads an address with and without a name', () => {
    expect(parseMailbox('no-reply@app.test')).toEqual({ name: '', address: 'no-reply@app.test' })
    expect(parseMailbox('Ünser App <No-Reply@app.test>')).toEqual({ name: 'Ünser App', address: 'no-reply@app.test' })
  })

  it.each(['', 'App', 'App <>', 'a@b.test, c@d.test', 'App\r\n <a@b.test>', 'App <a@b.test> x', '"App" <a@b.test>'])(
    'refuses %j',
    (text) => {
      expect(parseMailbox(text)).toBeUndefined()
    },
  )
})
