import { describe, expect, it } from 'vitest'
import { selfTimes } from './self-time.ts'

const node = (id: number, functionName: string, lineNumber = 0) => ({
  id,
  callFrame: { functionName, url: 'file:///a.js', lineNumber, columnNumber: 4 },
})

describe('selfTimes', () => {
  it('adds up what each function took, from its sample to the next, the costliest first', () => {
    const found = selfTimes({
      nodes: [node(1, 'small'), node(2, 'large', 9), node(3, 'large', 9)],
      samples: [1, 2, 3, 1],
      timeDeltas: [500, 10, 20, 70, 0],
    })
    expect(found.busyMicroseconds).toBe(100)
    expect(found.functions).toEqual([
      { name: 'large', url: 'file:///a.js', line: 10, column: 5, share: 0.9 },
      { name: 'small', url: 'file:///a.js', line: 1, column: 5, share: 0.1 },
    ])
  })

  it('leaves out the time in which nothing ran', () => {
    const found = selfTimes({ nodes: [node(1, '(idle)'), node(2, '')], samples: [1, 2], timeDeltas: [0, 900, 100] })
    expect(found.functions.map(({ name, share }) => [name, share])).toEqual([['(anonymous)', 1]])
  })
})
