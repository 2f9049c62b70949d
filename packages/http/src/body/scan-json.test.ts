import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { scanJson } from './scan-json.js'

function refusal(text: string): string | undefined {
  // What is scanned has always been parsed before.
  JSON.parse(text)
  try {
    scanJson(text)
  } catch (error) {
    return isCardeaError(error) ? error.code : 'other'
  }
  return undefined
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('scanJson', () => {
  it.each([
    '{}',
    '[]',
    '"text"',
    'null',
    '-1.5e3',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":["a","a"],"b":[]}',
    ' { "a" : [ ] , "b" : { } } ',
    '{"quote\\"":1,"quote":2}',
    '{"":1,"a":""}',
    '{"emoji":"\\ud83d\\ude00","\\ud83d\\ude00":1}',
    '{"a":"\\\\"}',
    '{"a":"\\u0000"}',
    nested(32),
  ])('lets %s through', (text) => {
    expect(refusal(text)).toBeUndefined()
  })

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"b":2,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"a":2}}',
    '[{"a":1},{"b":1,"b":2}]',
    '{"a":{"b":1},"a":{}}',
    '{"a":[1,2,{"c":1}],"a":2}',
    '{"":1,"":2}',
    '{"constructor":1,"constructor":2}',
    '{"\\n":1,"\\u000a":2}',
    '{"\\/":1,"/":2}',
  ])('refuses a key that comes twice in %s', (text) => {
    expect(refusal(text)).toBe('invalid_request')
  })

  it.each(['{"__proto__":{"admin":true}}', '{"a":[{"\\u005f_proto__":1}]}'])('refuses %s', (text) => {
    expect(refusal(text)).toBe('unknown_field')
  })

  it.each(['{"a":"\\ud800"}', '{"\\udc00":1}', '["\\ude00\\ud83d"]', '"\\ud83dx"'])(
    'refuses the lone surrogate in %s',
    (text) => {
      expect(refusal(text)).toBe('invalid_request')
    },
  )

  it('refuses more than 32 levels', () => {
    expect(refusal(nested(33))).toBe('invalid_request')
    expect(refusal(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toBe('invalid_request')
  })

  it('agrees with the parser on which keys there are', () => {
    const keys = ['a', '\\u0062', 'c\\"', 'd\\\\', '\\u00e9', '\\t']
    const text = `{${keys.map((key, index) => `"${key}":${index}`).join(',')}}`
    expect(Object.keys(JSON.parse(text))).toHaveLength(keys.length)
    expect(refusal(text)).toBeUndefined()
  })
})
