import { describe, expect, it } from 'vitest'
import { hostileStrings, marker } from './hostile-strings.js'
import { shapeOf } from './shapes.js'

describe('shapeOf', () => {
  it('is the same for any number of values, and for nothing else', () => {
    expect(shapeOf('select "a" from "t" where "b" in ($1, $2) limit $3')).toBe(
      'select "a" from "t" where "b" in (?) limit ?',
    )
    expect(shapeOf('insert into t values (?, ?), (?, ?)')).toBe('insert into t values (?)')
    expect(shapeOf("select 1 where a = 'x'")).not.toBe(shapeOf('select 1 where a = ?'))
    expect(shapeOf('select a from t order by a')).not.toBe(shapeOf('select a from t order by b'))
  })
})

describe('the hostile strings', () => {
  it('are many, all different, and most have what is looked for', () => {
    expect(new Set(hostileStrings).size).toBe(hostileStrings.length)
    expect(hostileStrings.length).toBeGreaterThan(150)
    expect(hostileStrings.filter((text) => text.includes(marker)).length).toBeGreaterThan(100)
  })
})
