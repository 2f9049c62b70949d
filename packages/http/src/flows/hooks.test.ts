import type { Hooks } from 'cardea'
import { describe, expect, it } from 'vitest'
import { authPath, createApp, password } from '../app.fixture.js'

const body = { email: 'jane@example.test', password }
const path = `${authPath('users')}/register`

describe('hooks over HTTP', () => {
  it.each([
    ['refuses', () => ({ refuse: 'Not from there.' }), 403, 'forbidden', 'Not from there.'],
    [
      'throws',
      () => {
        throw new Error('hunter2')
      },
      500,
      'internal_error',
      undefined,
    ],
  ])('answer for one that %s, and write nothing', async (_what, beforeRegister, status, code, words) => {
    const hooks: Hooks = { beforeRegister }
    const { rows, send } = await createApp({ hooks })
    const before = await rows()
    const got = await send('POST', path, { body })
    expect([got.status, got.code]).toEqual([status, code])
    if (words !== undefined) expect(got.text).toContain(words)
    expect(got.text).not.toContain('hunter2')
    expect(got.cookies.size).toBe(0)
    expect(await rows()).toBe(before)
  })

  it('answer 503 for one that does not end, after five seconds', async () => {
    let called: () => void = () => undefined
    const begun = new Promise<void>((resolve) => {
      called = resolve
    })
    const { clock, rows, send } = await createApp({
      hooks: {
        beforeSignIn: () => {
          called()
          return new Promise<undefined>(() => undefined)
        },
      },
    })
    const before = await rows()
    const asking = send('POST', path, { body })
    await begun
    clock.advance('5s')
    const got = await asking
    expect([got.status, got.code, got.headers.get('retry-after')]).toEqual([503, 'unavailable', '5'])
    // The account is there; the session is not.
    expect(await rows()).not.toBe(before)
  })

  it('do not show where one that comes after fails', async () => {
    const { log, send } = await createApp({
      hooks: {
        afterRegister: () => {
          throw new Error('hunter2')
        },
        afterSignIn: () => new Promise(() => undefined),
      },
    })
    expect((await send('POST', path, { body })).status).toBe(201)
    expect(log).toMatchObject([{ message: 'A hook failed.', fields: { hook: 'afterRegister' } }])
  })
})
