import { describe, expect, it } from 'vitest'
import { readBearer } from './bearer.js'

describe('readBearer', () => {
  it.each([
    ['Bearer abc.def-_~+/==', 'abc.def-_~+/=='],
    ['bearer abc', 'abc'],
    ['BEARER   abc', 'abc'],
    [' Bearer abc ', 'abc'],
  ])('reads %j', (header, token) => {
    expect(readBearer(header)).toBe(token)
  })

  it.each([null, '', 'Basic YTpi', 'Bearerabc', 'Token abc', 'DPoP abc'])('leaves %j to others', (header) => {
    expect(readBearer(header)).toBeUndefined()
  })

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer %E0%A4%A',
    'Bearer a b',
    'Bearer abc, Bearer def',
    'Bearer abc,def',
    'Bearer "abc"',
    'Bearer é',
    'Bearer =',
    'Bearer a=b',
    `Bearer ${'a'.repeat(4_097)}`,
  ])('finds no single token in %j', (header) => {
    expect(readBearer(header)).toBeNull()
  })

  it('takes a token of 4,096 characters', () => {
    expect(readBearer(`Bearer ${'a'.repeat(4_096)}`)).toHaveLength(4_096)
  })
})
