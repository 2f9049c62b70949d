import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Facts } from '../environment/facts.ts'
import { budgetLineNames } from './budget-lines.ts'
import { type KeptPart, mergeKept, readKept } from './kept-results.ts'
import type { PartResult, Verdict } from './part.ts'
import { renderPage } from './render-page.ts'
import { pagePath } from './write-page.ts'

const facts: Facts = {
  date: '2026-11-27T12:00:00.000Z',
  node: 'v24.0.0',
  sqlite: '3.53.4',
  databases: ['PostgreSQL 15.20'],
  cpu: 'A processor',
  cores: 2,
  memoryGibibytes: 23,
  platform: 'linux x64',
  loadAtStart: 0.1,
  loadTool: 'sockets',
  versions: { hono: '4.0.0' },
  commit: undefined,
  smoke: false,
}

const value = { median: 3.14, lowest: 3, highest: 4, rounds: 3 }
const resultOf = (name: string, verdicts: readonly Verdict[]): PartResult => ({
  name,
  title: `The part ${name}`,
  rows: [{ name: 'a | b', unit: 'µs', value, relation: { to: 'c', value } }],
  verdicts,
  notes: ['a note'],
})
const kept = (name: string, verdicts: readonly Verdict[]): KeptPart => ({ facts, result: resultOf(name, verdicts) })

describe('docs/benchmarks.md', () => {
  it('is what the last results render to', () => {
    expect(readFileSync(pagePath, 'utf8')).toBe(renderPage(readKept()))
  })

  it('names no folder of the machine that it was measured on', () => {
    expect(readFileSync(pagePath, 'utf8')).not.toMatch(/(?:^|[\s(`])\/(?:home|root|tmp|work|Users)\//m)
  })
})

describe('renderPage', () => {
  it('tells each line, what was measured and whether that is enough', () => {
    const page = renderPage([
      kept('http', [{ budget: 'strict ≥ 45 %', measured: '47 %', met: true, line: 'route' }]),
      kept('sign-in', [{ budget: '≥ 95 % of the raw hasher', measured: '83 %', met: false, line: 'signIn' }]),
      kept('policy', [{ budget: 'compile ≤ 4 ms', measured: '3 ms', met: true }]),
    ])
    expect(page).toContain('**1 of 2 budgets are met.**')
    expect(page).toContain('| strict ≥ 45 % | 47 % | pass |')
    expect(page).toContain('| ≥ 95 % of the raw hasher | 83 % | **miss** |')
    // Why, in the words that stand beside the parts.
    expect(page).toMatch(/^\* ≥ 95 % of the raw hasher: .*both cores hash/m)
    expect(page).toContain('| compile ≤ 4 ms | 3 ms | pass |')
    expect(page).toContain('| a \\| b | 3.14 µs | 3.00 to 4.00 | 3.14 × c |')
    expect(page.match(/Not measured yet\./g)).toHaveLength(budgetLineNames.length - 2)
    expect(page).toContain('A processor, 2 cores, 23 GiB; linux x64; Node 24.0.0, SQLite 3.53.4, PostgreSQL 15.20;')
  })

  it('gives no page where nobody has said why a budget is missed', () => {
    const missed = kept('a new part', [{ budget: '≤ 1', measured: '2', met: false }])
    expect(() => renderPage([missed])).toThrow('misses.ts')
  })
})

describe('mergeKept', () => {
  it('replaces parts that were measured again, in the order of all parts, and drops those that are no more', () => {
    const before = [kept('b', []), kept('gone', []), kept('a', [])]
    const again = resultOf('a', [{ budget: '≤ 1', measured: '1', met: true }])
    const merged = mergeKept(before, { ...facts, cores: 8 }, [again], ['a', 'b', 'c'])
    expect(merged).toEqual([{ facts: { ...facts, cores: 8 }, result: again }, before[0]])
  })
})
