import { describe, expect, it } from 'vitest'
import { numberLabels } from './number-labels.js'

describe('numberLabels', () => {
  it('numbers permissions in their order, each once, with those made at run time behind', () => {
    const { labels, numbers } = numberLabels(['b:read', 'a:read', 'b:read'], ['c:read'])
    expect(labels).toEqual(['b:read', 'a:read', 'c:read'])
    expect([...numbers]).toEqual([
      ['b:read', 0],
      ['a:read', 1],
      ['c:read', 2],
    ])
  })

  it('numbers a catalogue once', () => {
    const declared = Object.freeze(['a:read'])
    expect(numberLabels(declared)).toBe(numberLabels(declared, []))
    expect(numberLabels(declared, ['b:read']).labels).toEqual(['a:read', 'b:read'])
    expect(numberLabels(declared).labels).toEqual(['a:read'])
  })

  it('looks again at a list that can change', () => {
    const declared = ['a:read']
    numberLabels(declared)
    declared.push('b:read')
    expect(numberLabels(declared).labels).toEqual(['a:read', 'b:read'])
  })

  it('refuses what is no permission, each time', () => {
    const declared = Object.freeze(['a:read', 'a:*'])
    for (let time = 0; time < 2; time += 1) expect(() => numberLabels(declared)).toThrow('permission 1')
  })
})
