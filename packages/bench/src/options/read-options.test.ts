import { describe, expect, it } from 'vitest'
import { readOptions } from './read-options.ts'

const parts = ['http', 'sizes']
const read = (words: readonly string[], environment: Record<string, string> = {}) =>
  readOptions(words, environment, parts)

describe('readOptions', () => {
  it('runs everything at length by default', () => {
    expect(read([])).toEqual({
      smoke: false,
      only: undefined,
      json: undefined,
      profile: undefined,
      load: 'sockets',
      writeDocs: false,
      render: false,
    })
  })

  it('takes the short run from either place', () => {
    expect(read(['--smoke']).smoke).toBe(true)
    expect(read([], { CARDEA_BENCH: 'smoke' }).smoke).toBe(true)
    expect(read([], { CARDEA_BENCH: '' }).smoke).toBe(false)
  })

  it('takes parts one by one and as a list', () => {
    expect(read(['--only', 'http', '--only', 'sizes']).only).toEqual(['http', 'sizes'])
    expect(read(['--only', 'sizes,http']).only).toEqual(['sizes', 'http'])
  })

  it.each([
    ['a part', ['--only', 'speed'], {}, /http, sizes/],
    ['a profile', ['--profile', 'everything'], {}, /stateless/],
    ['a tool', ['--load', 'cannon'], {}, /autocannon/],
    ['a smoke run to write down', ['--write-docs', '--smoke'], {}, /smoke/],
    ['an option', ['--fast'], {}, /--fast/],
    ['a tier', [], { CARDEA_BENCH: 'long' }, /CARDEA_BENCH/],
  ])('refuses %s that there is not, and names what there is', (_what, words, environment, message) => {
    expect(() => read(words, environment)).toThrow(message)
  })
})
