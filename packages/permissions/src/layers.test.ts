import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** The sources that an entry reaches, by path, and the packages that they import. */
function reach(entry: string): { readonly sources: ReadonlyMap<string, string>; readonly packages: readonly string[] } {
  const sources = new Map<string, string>()
  const packages = new Set<string>()
  const open = [resolve(import.meta.dirname, entry)]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (sources.has(path)) continue
    const source = readFileSync(path, 'utf8')
    sources.set(path, source)
    for (const [, specifier = ''] of source.matchAll(/from '([^']+)'/g)) {
      if (specifier.startsWith('.')) open.push(resolve(dirname(path), specifier.replace(/\.js$/, '.ts')))
      else packages.add(specifier)
    }
  }
  return { sources, packages: [...packages].sort() }
}

describe('@cardea/permissions', () => {
  it('runs anywhere: the engine needs the root of core alone and no global of Node', () => {
    const { sources, packages } = reach('index.ts')
    expect(sources.size).toBeGreaterThan(10)
    expect(packages).toEqual(['@cardea/core'])
    for (const source of sources.values()) expect(source).not.toMatch(/\b(Buffer|process|require|global)\b[.(]/)
  })

  it('keeps storage to its own entry', () => {
    expect(reach('stored/index.ts').packages).toEqual(['@cardea/core', '@cardea/core/crypto', '@cardea/storage'])
  })

  it('is given the time and the ids', () => {
    for (const entry of ['index.ts', 'stored/index.ts']) {
      for (const source of reach(entry).sources.values()) {
        expect(source).not.toMatch(/Date\.now|new Date|Math\.random|randomUUID|setTimeout|setInterval/)
      }
    }
  })
})
