import { CardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { describeProblem } from './problem.js'
import { reportProblem } from './report.js'

function capture() {
  const lines: [string, Readonly<Record<string, unknown>> | undefined][] = []
  const logger = {
    info: () => undefined,
    warn: () => undefined,
    error: (message: string, fields?: Readonly<Record<string, unknown>>) => {
      lines.push([message, fields])
    },
  }
  return { lines, logger }
}

describe('reportProblem', () => {
  it('logs a fault of the server with the id of the request and the cause', () => {
    const { lines, logger } = capture()
    const error = new Error('connection lost')
    reportProblem(logger, describeProblem(error, 'request-1'), error, 'POST')
    expect(lines).toEqual([
      ['A request failed', { request_id: 'request-1', method: 'POST', status: 500, code: 'internal_error', error }],
    ])
  })

  it('keeps the inner code of an error that is answered under another', () => {
    const { lines, logger } = capture()
    const error = new CardeaError('schema_outdated', 'x')
    reportProblem(logger, describeProblem(error, 'r'), error, 'GET')
    expect(lines[0]?.[1]).toMatchObject({ code: 'schema_outdated', status: 503 })
  })

  it('does not log what a client did wrong', () => {
    const { lines, logger } = capture()
    const error = new CardeaError('invalid_credentials', 'x')
    reportProblem(logger, describeProblem(error, 'r'), error, 'POST')
    expect(lines).toEqual([])
  })

  it('does not log a thrown value that may be part of a request', () => {
    const { lines, logger } = capture()
    reportProblem(logger, describeProblem('hunter2', 'r'), 'hunter2', 'POST')
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  it('survives a logger that throws', () => {
    const logger = {
      ...capture().logger,
      error: () => {
        throw new Error('disk full')
      },
    }
    const error = new Error('x')
    expect(() => reportProblem(logger, describeProblem(error, 'r'), error, 'GET')).not.toThrow()
  })

  it('says in a line, without a stack, that there is more to do than can be done', () => {
    const lines: unknown[] = []
    const write = (message: string, fields?: unknown) => lines.push([message, fields])
    const logger = { info: write, error: write, warn: write }
    const error = new CardeaError('unavailable', 'too many wait', { retryAfterSeconds: 2 })
    reportProblem(logger, describeProblem(error, 'r'), error, 'POST')
    expect(lines).toEqual([
      ['A request was put off', { request_id: 'r', method: 'POST', code: 'unavailable', reason: 'too many wait' }],
    ])
  })
})
