import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '../../..')

/** Source files, without tests and what tests storages, in which a pattern stands. */
function filesWith(pattern: RegExp, among = '*'): readonly string[] {
  return globSync(`${among}/src/**/*.ts`, { cwd: packages })
    .filter((file) => !/\.(test|test-d|fixture)\.ts$|^acceptance\/|\/testkit\//.test(file))
    .filter((file) => pattern.test(readFileSync(join(packages, file), 'utf8')))
    .sort()
}

describe('the sign-in pipeline', () => {
  it('is the only place where a session begins', () => {
    // Everywhere, `@cardea/testing` included, whose `signInAs` signs in as everybody does.
    expect(filesWith(/\bsessions\b[^\n;]*\.start\(|\bstartSession\(/)).toEqual([
      'cardea/src/pipeline/sign-in.ts',
      'sessions/src/session/start-session.ts',
      'sessions/src/sessions.ts',
    ])
    expect(filesWith(/\.start\(/, '{cardea,http,hono,identity,testing}')).toEqual(['cardea/src/pipeline/sign-in.ts'])
  })

  it('is the only one that writes a row of a session', () => {
    // However the table is called there: whoever names it is looked at.
    const named = filesWith(/\bsessions\b[^;]*?\} from '@cardea\/storage'|cardea_sessions/)
    const inserting = named.filter((file) =>
      filesWith(/\.insert\(|\binsert into\b/i, file.split('/')[0]).includes(file),
    )
    expect(inserting).toEqual(['sessions/src/session/insert-session.ts'])
    expect(filesWith(/insert\(\s*sessions\b/)).toEqual(['sessions/src/session/insert-session.ts'])
  })

  it('is asked by what proves who somebody is, and by nothing else', () => {
    expect(filesWith(/\bcompleteSignIn\(\s*services,/)).toEqual([
      'cardea/src/accounts/login.ts',
      'cardea/src/accounts/mfa/verify.ts',
      'cardea/src/accounts/oauth/callback.ts',
      'cardea/src/accounts/oauth/exchange.ts',
      'cardea/src/accounts/otp/verify-otp.ts',
    ])
    expect(filesWith(/\bsignIn\(\s*services,/)).toEqual([
      'cardea/src/accounts/complete-sign-in.ts',
      'cardea/src/accounts/impersonate.ts',
      'cardea/src/accounts/invitations/accept-invitation.ts',
      'cardea/src/accounts/register.ts',
    ])
  })
})
