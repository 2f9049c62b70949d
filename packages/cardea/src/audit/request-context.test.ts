import { CardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { createRequestContext } from './request-context.js'

describe('a request', () => {
  it.each([
    ['waits for what has to be written of it', new CardeaError('invalid_credentials', 'wrong'), false],
    ['does not wait for storage that could not do its work', new CardeaError('unavailable', 'away'), true],
  ])('%s', async (_name, error, answered) => {
    const context = createRequestContext()
    const state = { written: () => {}, answered: false }
    const request = context.run({}, async () => {
      context.awaits(
        new Promise((resolve) => {
          state.written = resolve
        }),
      )
      await Promise.reject(error)
    })
    const outcome = request.catch((thrown: unknown) => {
      state.answered = true
      return thrown
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(state.answered).toBe(answered)
    state.written()
    expect(await outcome).toBe(error)
  })
})
