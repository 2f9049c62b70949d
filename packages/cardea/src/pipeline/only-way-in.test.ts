import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '../../..')

/** Source files, without tests, in which a pattern stands. */
function filesWith(pattern: RegExp, among = '*'): readonly string[] {
  return globSync(`${among}/src/**/*.ts`, { cwd: packages })
    .filter((file) => !/\.(test|test-d|fixture)\.ts$/.test(file) && !file.startsWith('acceptance/'))
    .filter((file) => pattern.test(readFileSync(join(packages, file), 'utf8')))
    .sort()
}

describe('the sign-in pipeline', () => {
  it('is the only place where a session begins', () => {
    expect(filesWith(/\.start\(/, '{cardea,http,hono}')).toEqual(['cardea/src/pipeline/sign-in.ts'])
    expect(filesWith(/insert\(\s*sessions\b/, '{cardea,http,hono,identity,sessions}')).toEqual([
      'sessions/src/session/start-session.ts',
    ])
  })
})
