import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '../../../..')

/** Source files, without tests, in which a pattern stands. */
const filesWith = (pattern: RegExp, among: string): readonly string[] =>
  globSync(among, { cwd: packages })
    .filter((file) => !/\.(test|fixture)\.ts$/.test(file))
    .filter((file) => pattern.test(readFileSync(join(packages, file), 'utf8')))

describe('the code of providers', () => {
  it('is loaded by whoever names a provider, not with the rest', () => {
    // Types alone are erased.
    const loading = /^(?:import|export) (?!type )[^'"]*from '@cardea\/identity\/oauth'/m
    expect(filesWith(loading, 'cardea/src/**/*.ts')).toEqual(['cardea/src/oauth.ts'])
  })

  it('loads its libraries when the first sign-in needs them', () => {
    expect(filesWith(/^import (?!type )[^'"]*from '(?:arctic|jose)/m, 'identity/src/oauth/**/*.ts')).toEqual([])
  })
})
