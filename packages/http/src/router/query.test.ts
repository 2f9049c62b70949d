import { describe, expect, it } from 'vitest'
import { parseQuery } from './query.js'

describe('parseQuery', () => {
  it('reads names and values', () => {
    const query = parseQuery('?q=a%2Fb&user_id=%C3%A9+x&flag&empty=&x=1=2&')
    expect(Object.fromEntries(query)).toEqual({ q: 'a/b', user_id: 'é x', flag: '', empty: '', x: '1=2' })
    expect(parseQuery('').size).toBe(0)
    expect(parseQuery('?').size).toBe(0)
  })

  it.each(['?q=1&q=2', '?q=1&%71=2', '?q&q', '?a=1&b=2&a='])('refuses the name that comes twice in %s', (search) => {
    expect(() => parseQuery(search)).toThrow('twice')
  })

  it.each(['?q=%', '?q=%E0%A4%A', '?%ff=1', '?q=%C0%AF'])('refuses %s, which is not UTF-8', (search) => {
    expect(() => parseQuery(search)).toThrow('UTF-8')
  })

  it('does not touch prototypes', () => {
    const query = Object.fromEntries(parseQuery('?__proto__=1&constructor=2'))
    expect(Object.hasOwn(query, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(query)).toBe(Object.prototype)
  })
})
