import { inspect } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type * as errors from './errors.js'
import { CardeaError, isCardeaError } from './errors.js'

describe('CardeaError', () => {
  it('carries its code, message and details', () => {
    const cause = new Error('connection lost')
    const issues = [{ path: 'email', code: 'required', message: 'is required' }]
    const constraint = { table: 'cardea_identifiers', key: 'primary' }
    const error = new CardeaError('unavailable', 'try later', { issues, retryAfterSeconds: 3, constraint, cause })

    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('CardeaError')
    expect(error.code).toBe('unavailable')
    expect(error.message).toBe('try later')
    expect(error.issues).toBe(issues)
    expect(error.retryAfterSeconds).toBe(3)
    expect(error.constraint).toBe(constraint)
    expect(error.cause).toBe(cause)
  })

  it('has no cause of its own making', () => {
    expect('cause' in new CardeaError('forbidden', 'no')).toBe(false)
  })

  it('shows nothing that it does not say when it is printed', () => {
    expect(inspect(new CardeaError('forbidden', 'no'))).not.toContain('undefined')
  })

  it('leaves the cause out when it is written as JSON, since a cause may hold SQL', () => {
    const error = new CardeaError('unavailable', 'try later', { cause: new Error('select token from t') })
    expect(JSON.stringify(error)).not.toContain('select')
  })
})

describe('isCardeaError', () => {
  let copy: typeof errors

  beforeAll(async () => {
    vi.resetModules()
    copy = await import('./errors.js')
  })

  it('knows an error of another copy of the package, where instanceof fails', () => {
    const foreign = new copy.CardeaError('not_found', 'nothing here')

    expect(foreign).not.toBeInstanceOf(CardeaError)
    expect(isCardeaError(foreign)).toBe(true)
    expect(copy.isCardeaError(new CardeaError('not_found', 'nothing here'))).toBe(true)
  })

  it('knows an error of a subclass', () => {
    class Special extends CardeaError {}
    expect(isCardeaError(new Special('conflict', 'taken'), 'conflict')).toBe(true)
  })

  it('compares the code when one is asked for', () => {
    const error = new CardeaError('conflict', 'taken')
    expect(isCardeaError(error, 'conflict')).toBe(true)
    expect(isCardeaError(error, 'not_found')).toBe(false)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'conflict'],
    ['another error', new Error('conflict')],
    ['an error with a code', Object.assign(new Error('conflict'), { code: 'conflict' })],
    ['a look-alike that came as JSON', JSON.parse(JSON.stringify(new CardeaError('conflict', 'taken')))],
    ['a look-alike whose brand is text', { 'Symbol(cardea.error)': true, 'cardea.error': true, code: 'conflict' }],
  ])('refuses %s', (_name, value) => {
    expect(isCardeaError(value)).toBe(false)
    expect(isCardeaError(value, 'conflict')).toBe(false)
  })
})
