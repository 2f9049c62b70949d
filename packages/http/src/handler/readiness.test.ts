import { describe, expect, it } from 'vitest'
import { createReadiness } from './readiness.js'

describe('createReadiness', () => {
  it('asks once for any number of first requests, and never again', async () => {
    let calls = 0
    const ensure = createReadiness(async () => {
      calls += 1
      await Promise.resolve()
    })
    await Promise.all(Array.from({ length: 20 }, async () => await ensure()))
    expect(calls).toBe(1)
    expect(ensure()).toBeUndefined()
  })

  it('tries again after a failure', async () => {
    let calls = 0
    const ensure = createReadiness(() => {
      calls += 1
      return calls < 3 ? Promise.reject(new Error('database down')) : Promise.resolve()
    })
    await expect(ensure()).rejects.toThrow('database down')
    await expect(ensure()).rejects.toThrow('database down')
    await ensure()
    expect(ensure()).toBeUndefined()
    expect(calls).toBe(3)
  })
})
