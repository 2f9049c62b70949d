import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertySettings } from '../property-settings.fixture.js'
import { fromBase64Url, toBase64Url } from './encoding.js'

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

describe('toBase64Url', () => {
  it.each([
    // RFC 4648 §10, without padding
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes %j as %j', (text, encoded) => {
    expect(toBase64Url(bytesOf(text))).toBe(encoded)
  })

  it('uses the alphabet that needs no escape in a URL', () => {
    expect(toBase64Url(Uint8Array.of(0xfb, 0xef, 0xff))).toBe('--__')
  })

  it('writes the part that a view shows, not the buffer behind it', () => {
    const whole = bytesOf('xxfooxx')
    expect(toBase64Url(whole.subarray(2, 5))).toBe('Zm9v')
  })
})

describe('fromBase64Url', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(new Uint8Array(bytes))
      }),
      propertySettings,
    )
  })

  it('accepts one text for each value, so that a token cannot be written in two ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABab01-_+/= \n%'.split('')), maxLength: 8 }), (text) => {
        const bytes = fromBase64Url(text)
        if (bytes !== undefined) expect(toBase64Url(bytes)).toBe(text)
      }),
      propertySettings,
    )
  })

  it.each([
    ['padding', 'Zg=='],
    ['the other alphabet', '++//'],
    ['a line break', 'Zm9v\n'],
    ['a space', 'Zm 9v'],
    ['a length that no bytes have', 'Zm9vY'],
    ['bits that are set beyond the last byte', 'Zh'],
    ['other characters', 'Zm9v!'],
    ['characters that are alike', 'Ζg'],
  ])('refuses %s', (_name, text) => {
    expect(fromBase64Url(text)).toBe(undefined)
  })
})
