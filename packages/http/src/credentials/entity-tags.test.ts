import { describe, expect, it } from 'vitest'
import { tagsIn } from './entity-tags.js'

const header = 'If-Match'

describe('entity tags', () => {
  it('are read one by one, with commas within and blanks around them', () => {
    expect(tagsIn(header, null)).toBeUndefined()
    expect(tagsIn(header, ' * ')).toEqual(['*'])
    expect(tagsIn(header, ' "a" , W/"b,c",\t"" ')).toEqual(['"a"', 'W/"b,c"', '""'])
    for (const wrong of ['', 'a', '"a" "b"', '"a",', '"a", b']) {
      expect(() => tagsIn(header, wrong), wrong).toThrow(header)
    }
  })

  it('take time in proportion to their length, whatever a stranger sends', () => {
    const blanks = ' '.repeat(200_000)
    expect(() => tagsIn(header, `"a"${blanks}"b"`)).toThrow(header)
    expect(() => tagsIn(header, `"a"${','.repeat(200_000)}`)).toThrow(header)
    expect(tagsIn(header, `"a"${blanks},${blanks}"b"`)).toEqual(['"a"', '"b"'])
  })
})
