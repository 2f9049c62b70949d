import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CardeaError, errorCodes } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { describeProblem, problemHeaders, statusOf } from './problem.js'

describe('statusOf', () => {
  it('is what an error is answered with, whatever its code and what it brings along', () => {
    const issues = [{ path: 'email', code: 'required', message: 'is required' }]
    for (const code of errorCodes) {
      for (const options of [{}, { issues }, { anonymous: true }]) {
        const error = new CardeaError(code, 'x', options)
        expect(statusOf(error), code).toBe(describeProblem(error, 'request-1').status)
      }
    }
    expect(statusOf(new CardeaError('unauthenticated', 'x'))).toBe(401)
    expect(statusOf(new CardeaError('configuration_invalid', 'x'))).toBe(500)
  })

  it('is undefined for what is no CardeaError', () => {
    for (const error of [
      new Error('x'),
      Object.assign(new Error('x'), { status: 418 }),
      'forbidden',
      null,
      undefined,
    ]) {
      expect(statusOf(error)).toBeUndefined()
    }
  })
})

describe('describeProblem', () => {
  it('gives every code a status and a title', () => {
    for (const code of errorCodes) {
      const problem = describeProblem(new CardeaError(code, 'What happened.'), 'request-1')
      expect(problem.status, code).toBeGreaterThanOrEqual(400)
      expect(problem.title, code).not.toBe('')
      expect(problem.request_id).toBe('request-1')
      expect(problem.type).toContain(`#${problem.code}`)
    }
  })

  it('answers as docs/errors.md says', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/errors.md'), 'utf8')
    const issues = [{ path: 'email', code: 'required', message: 'is required' }]
    for (const code of errorCodes) {
      const [, statuses = '', meaning = ''] = new RegExp(`\`${code}\` \\| ([\\d, ]+) \\| (.*?) \\|`).exec(page) ?? []
      const errors = [
        new CardeaError(code, 'x'),
        new CardeaError(code, 'x', { issues }),
        new CardeaError(code, 'x', { anonymous: true }),
      ]
      const answers = errors.map((error) => describeProblem(error, 'request-1'))
      expect(new Set(answers.map(({ status }) => String(status))), code).toEqual(new Set(statuses.split(', ')))
      const [, answered = code] = /Answered as `(\w+)`/.exec(meaning) ?? []
      expect(new Set(answers.map((answer) => answer.code)), code).toEqual(new Set([answered]))
    }
  })

  it.each([
    ['unique_violation', 'conflict', 409],
    ['foreign_key_violation', 'conflict', 409],
    ['transaction_conflict', 'unavailable', 503],
    ['schema_outdated', 'unavailable', 503],
    ['configuration_invalid', 'internal_error', 500],
    ['undeclared_permission', 'internal_error', 500],
  ] as const)('keeps %s inside and answers %s', (code, answered, status) => {
    const problem = describeProblem(new CardeaError(code, 'insert into cardea_sessions failed'), 'request-1')
    expect(problem).toMatchObject({ code: answered, status })
    expect(JSON.stringify(problem)).not.toContain('cardea_sessions')
  })

  it('says nothing of what is not its own', () => {
    for (const thrown of [new Error('password hunter2'), 'hunter2', null, undefined, { code: 'forbidden' }]) {
      const problem = describeProblem(thrown, 'request-1')
      expect(problem).toMatchObject({ code: 'internal_error', status: 500 })
      expect(JSON.stringify(problem)).not.toContain('hunter2')
    }
  })

  it('keeps what a fault of the server says of its places', () => {
    const issues = [{ path: 'cardea_sessions', code: 'missing_table', message: 'is missing' }]
    for (const code of ['internal_error', 'unavailable', 'schema_outdated'] as const) {
      expect(describeProblem(new CardeaError(code, 'x', { issues }), 'r')).not.toHaveProperty('errors')
    }
  })

  it('answers internal_error for a code of another version', () => {
    const error = new CardeaError('forbidden', 'Secret words.')
    Object.defineProperty(error, 'code', { value: 'toString' })
    expect(describeProblem(error, 'request-1')).toMatchObject({ code: 'internal_error', status: 500 })
  })

  it('tells an unreadable body from one whose fields are wrong', () => {
    const issues = [{ path: 'email', code: 'required', message: 'is required' }]
    expect(describeProblem(new CardeaError('invalid_request', 'x'), 'r').status).toBe(400)
    const wrong = describeProblem(new CardeaError('invalid_request', 'x', { issues }), 'r')
    expect(wrong).toMatchObject({ status: 422, errors: issues })
  })

  it('cuts a long list of issues', () => {
    const issues = Array.from({ length: 5_000 }, (_, index) => ({ path: `f${index}`, code: 'c', message: 'm' }))
    expect(describeProblem(new CardeaError('unknown_field', 'x', { issues }), 'r').errors).toHaveLength(50)
  })

  it('answers every failed sign-in with the same words', () => {
    const locked = describeProblem(new CardeaError('invalid_credentials', 'The account is locked.'), 'r')
    const unknown = describeProblem(new CardeaError('invalid_credentials', 'No such account.'), 'r')
    expect(locked).toEqual(unknown)
  })
})

describe('problemHeaders', () => {
  const headersOf = (error: CardeaError) => Object.fromEntries(problemHeaders(describeProblem(error, 'r'), error))

  it('tells when to try again', () => {
    expect(headersOf(new CardeaError('rate_limited', 'x', { retryAfterSeconds: 6.2 }))).toEqual({ 'Retry-After': '7' })
    expect(headersOf(new CardeaError('unavailable', 'x'))).toEqual({ 'Retry-After': '5' })
    expect(headersOf(new CardeaError('transaction_conflict', 'x'))).toEqual({ 'Retry-After': '5' })
    expect(headersOf(new CardeaError('forbidden', 'x'))).toEqual({})
  })

  it('challenges for a bearer token where one is missing or no longer good', () => {
    for (const code of ['unauthenticated', 'token_invalid', 'token_expired', 'session_revoked'] as const) {
      expect(headersOf(new CardeaError(code, 'x'))).toEqual({ 'WWW-Authenticate': 'Bearer' })
    }
    expect(headersOf(new CardeaError('invalid_credentials', 'x'))).toEqual({})
  })
})
