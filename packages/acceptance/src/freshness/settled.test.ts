import { describe, expect, it } from 'vitest'
import { Settled } from './settled.js'

describe('what is settled', () => {
  it('makes an answer wrong that differs while nothing changes, and no other', async () => {
    const right = new Settled(false)
    await right.look('a', async () => false)
    await right.change(true, async () => {
      await right.look('b', async () => true)
      await right.look('c', async () => false)
    })
    await right.look('d', async () => {
      // Asked before the change, answered after it.
      await right.change(false, async () => undefined)
      return false
    })
    expect(right.wrong).toEqual([])
    await right.look('e', async () => true)
    expect(right.wrong).toEqual(['e said true after change 2 was answered'])
  })
})
