import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertySettings } from '../property-settings.fixture.js'
import { constantTimeEqual, hmacSha256, sha256, sha256Bytes } from './digest.js'

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const hexOfText = (encoded: string): string => Buffer.from(encoded, 'base64url').toString('hex')

/** FIPS 180-2, appendix B, and the digest of nothing. */
const sha256Vectors = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
] as const

describe('sha256', () => {
  it('gives the published digests', () => {
    for (const [text, digest] of sha256Vectors) expect(hexOfText(sha256(text))).toBe(digest)
  })

  it('writes 43 characters of base64url, as the columns expect', () => {
    expect(sha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })

  it('digests the UTF-8 bytes of a text', () => {
    expect(hexOfText(sha256('é'))).toBe(hexOf(sha256Bytes(Uint8Array.of(0xc3, 0xa9))))
  })
})

describe('sha256Bytes', () => {
  it('gives the published digests', () => {
    for (const [text, digest] of sha256Vectors) {
      expect(hexOf(sha256Bytes(new Uint8Array(Buffer.from(text))))).toBe(digest)
    }
  })
})

describe('hmacSha256', () => {
  it.each([
    // RFC 4231 §4.2, 4.3 and 4.7
    ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe').toString('hex'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'aa'.repeat(131),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('gives the published code for key %s', (key, text, code) => {
    expect(hexOfText(hmacSha256(new Uint8Array(Buffer.from(key, 'hex')), text))).toBe(code)
  })

  it('writes 43 characters of base64url', () => {
    expect(hmacSha256(new Uint8Array(Buffer.from('Jefe')), 'what do ya want for nothing?')).toBe(
      'W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM',
    )
  })
})

describe('constantTimeEqual', () => {
  it('agrees with equality for any two texts', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{1f600}'), maxLength: 3 })
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(constantTimeEqual(left, right)).toBe(left === right)
        expect(constantTimeEqual(left, `${left}`)).toBe(true)
      }),
      propertySettings,
    )
  })

  it('compares texts of different lengths without an error', () => {
    expect(constantTimeEqual('', 'a')).toBe(false)
    expect(constantTimeEqual('abc', 'abcd')).toBe(false)
    expect(constantTimeEqual('é', 'ab')).toBe(false)
    expect(constantTimeEqual('', '')).toBe(true)
  })
})
