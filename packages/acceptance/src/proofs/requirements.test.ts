import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/security-requirements.md')

/** The headings of a page, each with what follows it. */
const partsOf = (text: string): readonly (readonly [name: string, text: string])[] =>
  text
    .split(/^### /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), part])

const requirements = partsOf(page)
const mistakes = partsOf(read('docs/known-mistakes.md'))

/** The tests that a part of the page names. */
const proofsIn = (text: string): readonly { readonly file: string; readonly name: string }[] =>
  [...text.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file = '', name = '']) => ({ file, name }))

/** Whether a file has a test of this name, alone or for each row of a table, that is not left out. */
function hasTest(file: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const stands = new RegExp(`(?:\\bit|\\)|\\])\\(\\s*(["'\`])${escaped}\\1,`)
  return stands.test(read(file)) && !new RegExp(`\\bit\\.(?:skip|todo)\\(\\s*["'\`]${escaped}`).test(read(file))
}

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `R${first + index}`)

describe('the security requirements', () => {
  it('are all there, each once', () => {
    expect(requirements.map(([name]) => name)).toEqual(numbers(1, 75))
  })

  it.each(requirements)('%s names code and tests that there are', (_name, text) => {
    const places = [...text.matchAll(/`([\w/.-]+)`/g)].map(([, path = '']) => path)
    expect(places.filter((path) => !existsSync(join(root, path)))).toEqual([])
    const proofs = proofsIn(text)
    expect(proofs.length).toBeGreaterThan(0)
    expect(proofs.filter(({ file, name }) => !hasTest(file, name))).toEqual([])
  })

  it.each(mistakes)('%s is a mistake that tests look for', (_name, text) => {
    const proofs = proofsIn(text)
    expect(proofs.length).toBeGreaterThan(0)
    expect(proofs.filter(({ file, name }) => !hasTest(file, name))).toEqual([])
  })

  it('would miss a test that is gone', () => {
    const own = 'packages/acceptance/src/proofs/requirements.test.ts'
    expect([hasTest(own, 'are all there, each once'), hasTest(own, 'are all there')]).toEqual([true, false])
  })

  it('say what a code by mail is worth', () => {
    const codes = read('docs/email-codes.md').replace(/\s+/g, ' ')
    expect(codes).toContain('never more than AAL1 of NIST SP 800-63B-4')
    expect(codes).toContain('A code is never a second factor.')
  })
})
