import { crc32 } from 'node:zlib'
import { createUuidV7, secureRandom, sha256 } from '@cardea/core/crypto'
import { describe, expect, it } from 'vitest'
import { createKeyFormat } from './key-format.js'

const format = createKeyFormat('cardea')
const createId = createUuidV7(() => 1_800_000_000_000, secureRandom)
const id = '01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071'
const allOnes = () => new Uint8Array(32).fill(0xff)

describe('createKeyFormat', () => {
  it('makes keys of prefix, id, secret and checksum, and reads them again', () => {
    for (let round = 0; round < 200; round += 1) {
      const own = createId()
      const { key, secretHash } = format.issue(own, secureRandom)
      expect(key).toMatch(/^cardea_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/)
      expect(format.parse(key)).toEqual({ id: own, secretHash })
      expect(secretHash).toBe(sha256(key.slice(30, 73)))
    }
  })

  it('stays as it is: keys that are out there go on to work', () => {
    const { key } = format.issue(id, allOnes)
    expect(key).toBe('cardea_035LXb9GcnT05QHk6RDnwP_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1091Qgp')
    expect(format.parse(key)?.id).toBe(id)
  })

  it('takes 256 bits from the generator, none of which is lost', () => {
    const asked: number[] = []
    const keys = [0, 1].map((last) =>
      format.issue(id, (length) => {
        asked.push(length)
        return new Uint8Array(length).fill(0).with(length - 1, last)
      }),
    )
    expect(asked).toEqual([32, 32])
    expect(keys[0]?.secretHash).not.toBe(keys[1]?.secretHash)
  })

  it('finds every character that was mistyped, and two that changed places', () => {
    const { key } = format.issue(createId(), secureRandom)
    for (let at = 0; at < key.length; at += 1) {
      const other = key[at] === 'x' ? 'y' : 'x'
      expect(format.parse(`${key.slice(0, at)}${other}${key.slice(at + 1)}`)).toBeUndefined()
      const next = key[at + 1]
      if (next === undefined || next === key[at]) continue
      expect(format.parse(`${key.slice(0, at)}${next}${key[at] ?? ''}${key.slice(at + 2)}`)).toBeUndefined()
    }
  })

  it('takes keys of its own prefix alone', () => {
    const other = createKeyFormat('acme')
    const { key } = other.issue(id, secureRandom)
    expect(other.parse(key)?.id).toBe(id)
    expect(format.parse(key)).toBeUndefined()
    expect([format.recognises(key), other.recognises(key)]).toEqual([false, true])
  })

  const { key } = format.issue(id, secureRandom)
  it.each<[string, unknown]>([
    ['nothing', ''],
    ['the prefix alone', 'cardea_'],
    ['a key that goes on', `${key}0`],
    ['a key that was cut off', key.slice(0, -1)],
    ['a key after a space', ` ${key}`],
    ['a key before a line break', `${key}\n`],
    ['another case of the prefix', key.replace('cardea', 'Cardea')],
    ['other characters', `${key.slice(0, 40)}é${key.slice(41)}`],
    ['a list of a key', [key]],
    ['an object', { toString: () => key }],
    ['a number', 7],
    ['null', null],
    ['undefined', undefined],
    ['a long text', 'cardea_'.repeat(100_000)],
  ])('refuses %s without throwing', (_, text) => {
    expect(format.parse(text)).toBeUndefined()
  })

  it('refuses ids and secrets that nothing has made, though the checksum is right', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const sealed = (body: string): string => {
      let rest = crc32(body)
      let checksum = ''
      for (let place = 0; place < 6; place += 1) {
        checksum = `${digits[rest % 62] ?? ''}${checksum}`
        rest = Math.floor(rest / 62)
      }
      return `${body}${checksum}`
    }
    const body = key.slice(0, -6)
    expect(sealed(body)).toBe(key)
    const [ownId, secret] = [body.slice(7, 29), body.slice(30)]
    expect(format.parse(sealed(`cardea_${'z'.repeat(22)}_${secret}`))).toBeUndefined()
    expect(format.parse(sealed(`cardea_${'0'.repeat(22)}_${secret}`))).toBeUndefined()
    expect(format.parse(sealed(`cardea_${ownId}_${'z'.repeat(43)}`))).toBeUndefined()
    expect(format.parse(sealed(`cardea_${ownId}x${secret}`))).toBeUndefined()
    expect(format.parse(sealed(`cardea_${ownId}_${secret.slice(1)}-`))).toBeUndefined()
  })

  it('recognises what is meant as a key, so that it is read as nothing else', () => {
    expect(format.recognises('cardea_nonsense')).toBe(true)
    for (const text of ['eyJhbGciOiJIUzI1NiJ9.e30.x', 'cardea', 'Cardea_x', '', null, ['cardea_x']]) {
      expect(format.recognises(text)).toBe(false)
    }
  })
})
