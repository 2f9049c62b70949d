import { afterEach, describe, expect, it, vi } from 'vitest'
import { consoleLogger } from './logger.js'

describe('consoleLogger', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['a line end', 'x\r\n{"level":"error"}'],
    ['an escape of terminals', '\u001b[2J\u009b31m\u007f'],
    ['a separator of lines', 'x\u2028y\u2029z\u0085'],
    ['text that runs the other way', '\u202eevil\u2066\u200f'],
    ['half a character', '\ud800x\udc00'],
    ['a tag', '\u{E0041}'],
    ['a null', 'x\u0000y'],
  ])('writes one line that %s cannot forge, and that says the same', (_name, hostile) => {
    const written: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    consoleLogger.error(hostile, { [hostile]: hostile, error: new Error(hostile), list: [hostile] })
    expect(written).toHaveLength(1)
    const [line = ''] = written
    expect(line.endsWith('}\n')).toBe(true)
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      message: hostile,
      [hostile]: hostile,
      error: { message: hostile },
      list: [hostile],
    })
  })
})
