import { describe, expect, it } from 'vitest'
import { addressPrefix, canonicalAddress } from './address.js'

describe('canonicalAddress', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['1::', '1:0:0:0:0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0:0:0:c000:201'],
    ['::ffff:0:1.2.3.4', '0:0:0:0:ffff:0:102:304'],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical)
  })

  it.each(['', 'unknown', '1.2.3', '01.2.3.4', '1.2.3.4.5', '256.1.1.1', '1.2.3.4 ', ':::', 'a', '::1::', '_hidden'])(
    'knows no address in %j',
    (text) => {
      expect(canonicalAddress(text)).toBeNull()
    },
  )
})

describe('addressPrefix', () => {
  it('counts one subscriber as one client', () => {
    const first = addressPrefix(canonicalAddress('2001:db8:1:2::1') ?? '')
    expect(addressPrefix(canonicalAddress('2001:db8:1:2:ffff:ffff:ffff:ffff') ?? '')).toBe(first)
    expect(addressPrefix(canonicalAddress('2001:db8:1:3::1') ?? '')).not.toBe(first)
    expect(addressPrefix('1.2.3.4')).toBe('1.2.3.4')
  })
})
