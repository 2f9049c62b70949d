import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildSecrets, nextApps, testsNext } from './builds.js'

/** All that is in a folder of a build, as text. */
function textOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')).join('\n')
}

/** Of the server alone: names in its code, its tables, its settings. */
const ofServer = [
  'cardea_principals',
  'CARDEA_SECRET',
  'DATABASE_URL',
  'node:sqlite',
  'argon2',
  'access.denied',
  'password_hash',
]

describe.skipIf(!testsNext)('what browsers get of an app of Next', () => {
  it.each(Object.entries(nextApps))('holds nothing of the server, in the build of %s', (name, folder) => {
    const text = textOf(join(folder, '.next/static'))
    // The search finds what is there.
    expect(text.length).toBeGreaterThan(100_000)
    if (name === 'demo') expect(text).toContain('/mfa/totp/enroll')
    expect(ofServer.filter((word) => text.includes(word))).toEqual([])
    for (const secret of Object.values(buildSecrets)) {
      expect(text).not.toContain(secret)
      // Nor may the rest of the build keep what was in the environment when it was made.
      expect(textOf(join(folder, '.next/server'))).not.toContain(secret)
    }
  })
})
