import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertySettings } from '../property-settings.fixture.js'
import { secureRandom } from './random.js'
import { createUuidV7, isUuid } from './uuid.js'

const millisecondsOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

describe('createUuidV7', () => {
  it('lays the bits out as in the example of RFC 9562, appendix A.6', () => {
    // The example's id is 017F22E2-79B0-7CC3-98C4-DC0C0C07398F; these are its random bits, with version and variant unset.
    const random = () => Uint8Array.from(Buffer.from('0000000000000cc318c4dc0c0c07398f', 'hex'))
    expect(createUuidV7(() => 0x017f22e279b0, random)()).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
  })

  it('sets version and variant over whatever the generator gives', () => {
    const ones = createUuidV7(
      () => 2 ** 48 - 1,
      (length) => new Uint8Array(length).fill(0xff),
    )
    const zeros = createUuidV7(
      () => 0,
      (length) => new Uint8Array(length),
    )
    expect(ones()).toBe('ffffffff-ffff-7fff-bfff-ffffffffffff')
    expect(zeros()).toBe('00000000-0000-7000-8000-000000000000')
  })

  it('keeps every other bit of the generator', () => {
    const id = createUuidV7(
      () => 0,
      () => Uint8Array.from({ length: 16 }, (_, index) => index * 17),
    )()
    expect(id).toBe('00000000-0000-7677-8899-aabbccddeeff')
  })

  it('writes the milliseconds of any instant, also where 32 bits do not hold them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (now) => {
        const id = createUuidV7(() => now, secureRandom)()
        expect(millisecondsOf(id)).toBe(now)
        expect(isUuid(id)).toBe(true)
      }),
      propertySettings,
    )
  })

  it('sorts as text in the order of the instants', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), fc.integer({ min: 1, max: 2 ** 32 }), (now, later) => {
        const first = createUuidV7(() => now, secureRandom)()
        const second = createUuidV7(() => Math.min(now + later, 2 ** 48 - 1), secureRandom)()
        expect(first < second).toBe(true)
      }),
      propertySettings,
    )
  })

  it('makes different ids within one millisecond', () => {
    const createId = createUuidV7(() => 1_700_000_000_000, secureRandom)
    const ids = new Set(Array.from({ length: 10_000 }, createId))
    expect(ids.size).toBe(10_000)
  })

  it('gives no id when the generator gives too few bytes', () => {
    expect(
      createUuidV7(
        () => 0,
        () => new Uint8Array(8),
      ),
    ).toThrow(RangeError)
  })
})

describe('isUuid', () => {
  it('takes UUIDs in lower case', () => {
    expect(isUuid('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(true)
    expect(isUuid('919108f7-52d1-4320-9bac-f847db4148a8')).toBe(true)
  })

  it.each([
    ['upper case', '017F22E2-79B0-7CC3-98C4-DC0C0C07398F'],
    ['no hyphens', '017f22e279b07cc398c4dc0c0c07398f'],
    ['braces', '{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}'],
    ['a line break after it', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n'],
    ['a space before it', ' 017f22e2-79b0-7cc3-98c4-dc0c0c07398f'],
    ['one digit too few', '017f22e2-79b0-7cc3-98c4-dc0c0c07398'],
    ['another variant', '017f22e2-79b0-7cc3-c8c4-dc0c0c07398f'],
    ['no version', '017f22e2-79b0-0cc3-98c4-dc0c0c07398f'],
    ['SQL', "017f22e2-79b0-7cc3-98c4-' or 1=1 --a"],
    ['an object that writes itself as one', { toString: () => '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' }],
    ['a list of one', ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f']],
    ['nothing', undefined],
    ['null', null],
    ['a number', 17],
  ])('refuses %s', (_name, value) => {
    expect(isUuid(value)).toBe(false)
  })
})
