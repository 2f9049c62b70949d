import { describe, expect, it } from 'vitest'
import { RecentMap } from './recent-map.js'

const filled = (maximum: number, count: number): RecentMap<number, string> => {
  const map = new RecentMap<number, string>(maximum)
  for (let key = 0; key < count; key += 1) map.set(key, `value ${key}`)
  return map
}

/** What is there, without the reading changing what is kept. */
const kept = (build: () => RecentMap<number, string>, count: number): number[] =>
  Array.from({ length: count }, (_, key) => key).filter((key) => build().get(key) !== undefined)

describe('RecentMap', () => {
  it('gives what was set last under a key', () => {
    const map = new RecentMap<string, number>(10)
    expect(map.get('a')).toBe(undefined)
    map.set('a', 1)
    map.set('a', 2)
    expect(map.get('a')).toBe(2)
  })

  it.each([2, 3, 10, 100])('keeps of many entries %d at most, and the last half of as many', (maximum) => {
    for (let count = 1; count < 3 * maximum; count += 1) {
      const there = kept(() => filled(maximum, count), count)
      const sure = Math.min(count, Math.floor(maximum / 2))
      expect(there.length).toBeLessThanOrEqual(maximum)
      expect(there.slice(there.length - sure)).toEqual(Array.from({ length: sure }, (_, index) => count - sure + index))
    }
  })

  it('keeps what is read again and again, whatever comes', () => {
    const map = new RecentMap<number, string>(10)
    map.set(-1, 'wanted')
    for (let key = 0; key < 1_000; key += 1) {
      map.set(key, 'other')
      if (key % 4 === 0) expect(map.get(-1)).toBe('wanted')
    }
  })

  it('forgets a value that was replaced, in either generation', () => {
    const map = filled(10, 5)
    map.set(0, 'new')
    for (let key = 10; key < 14; key += 1) {
      expect(map.get(0)).toBe('new')
      map.set(key, 'other')
    }
    expect(map.get(0)).toBe('new')
  })

  it('forgets what is deleted, in either generation', () => {
    const map = filled(10, 7)
    map.get(2)
    for (const key of [2, 3, 6]) {
      map.delete(key)
      expect(map.get(key)).toBe(undefined)
    }
    expect(map.get(4)).toBe('value 4')
  })
})
