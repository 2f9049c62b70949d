import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { createHandler } from './create-handler.js'

describe('createHandler', () => {
  it.each([undefined, null, {}, Promise.resolve({}), { auth: {} }, 'auth'])('names what it takes, not %s', (auth) => {
    const make = () => createHandler(auth as never, {}, 'cardeaHono')
    expect(make).toThrow('cardeaHono: takes the instance that createCardea has made')
    expect(make).toThrow(expect.toSatisfy((error) => isCardeaError(error, 'configuration_invalid')))
  })
})
