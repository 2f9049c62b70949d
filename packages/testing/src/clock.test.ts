import { describe, expect, it } from 'vitest'
import { createTestClock } from './clock.js'

describe('TestClock', () => {
  it('rings what it passes, in its order and at its time', () => {
    const { clock, timers } = createTestClock(1_000)
    const rung: [string, number][] = []
    const note = (name: string) => () => rung.push([name, clock.now()])
    timers.after(500, note('late'))
    timers.after(200, () => {
      note('early')()
      timers.after(100, note('set by early'))
      timers.after(5_000, note('far'))
    })
    const stop = timers.after(300, note('stopped'))
    stop()
    clock.advance('1s')
    expect(rung).toEqual([
      ['early', 1_200],
      ['set by early', 1_300],
      ['late', 1_500],
    ])
    expect(clock.now()).toBe(2_000)
    clock.set(1_500)
    clock.set(6_200)
    expect(rung.slice(3)).toEqual([['far', 6_200]])
  })
})
