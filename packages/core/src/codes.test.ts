import { describe, expect, it } from 'vitest'
import { errorCodes } from './codes.js'

describe('errorCodes', () => {
  it('holds each code once', () => {
    expect(new Set(errorCodes).size).toBe(errorCodes.length)
  })

  it('holds names in snake_case', () => {
    for (const code of errorCodes) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
  })
})
