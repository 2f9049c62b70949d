import { describe, expect, it } from 'vitest'
import { readPath } from './read-path.js'
import { readProfile } from './read-profile.js'

const paths = { subject: 'sub', email: 'email', emailVerified: 'email_verified', name: 'name' }
const verifiedOf = (claims: Record<string, unknown>, trustsEmail = true): boolean => {
  const read = readProfile({ sub: 's', email: 'jane@example.com', ...claims }, paths, trustsEmail)
  if (!read.ok) throw new Error('no profile')
  return read.profile.emailVerified
}

describe('readProfile', () => {
  it('holds an address to be verified for a literal true alone', () => {
    expect(verifiedOf({ email_verified: true })).toBe(true)
    for (const email_verified of [false, 'true', 'false', 1, '1', null, {}, [true], undefined]) {
      expect(verifiedOf({ email_verified }), JSON.stringify(email_verified)).toBe(false)
    }
    expect(verifiedOf({})).toBe(false)
  })

  it('holds none to be verified where there is none, or the provider is not to be trusted', () => {
    for (const email of ['', null, undefined, 5, ['jane@example.com']]) {
      expect(verifiedOf({ email, email_verified: true })).toBe(false)
    }
    expect(verifiedOf({ email_verified: true }, false)).toBe(false)
  })

  it('wants all of several assertions', () => {
    const both = { ...paths, emailVerified: ['a', 'b'] }
    const read = (a: unknown, b: unknown) => readProfile({ sub: 's', email: 'x@y.z', a, b }, both, true)
    expect(read(true, true)).toMatchObject({ profile: { emailVerified: true } })
    expect(read(true, false)).toMatchObject({ profile: { emailVerified: false } })
    expect(read(undefined, true)).toMatchObject({ profile: { emailVerified: false } })
  })

  it('wants a subject that is a text or a whole number, and looks like itself', () => {
    const subjectOf = (sub: unknown) => {
      const read = readProfile({ sub }, paths, true)
      return read.ok ? read.profile.subject : read.reason
    }
    expect(subjectOf('abc|1')).toBe('abc|1')
    expect(subjectOf(583_231)).toBe('583231')
    expect(subjectOf(0)).toBe('0')
    for (const sub of [
      '',
      ' ',
      ' a',
      'a ',
      'a\n',
      'é',
      'a'.repeat(256),
      1.5,
      2 ** 60,
      Number.NaN,
      null,
      true,
      {},
      [],
    ]) {
      expect(subjectOf(sub), String(sub)).toBe('subject_missing')
    }
    expect(readProfile(undefined, paths, true)).toMatchObject({ reason: 'subject_missing' })
  })
})

describe('readPath', () => {
  it('walks objects and lists, and nothing that is inherited', () => {
    expect(readPath({ data: [{ id: 1 }] }, 'data.0.id')).toBe(1)
    for (const path of ['constructor', 'data.length.x', '__proto__', 'toString', 'data.1.id', 'data.0.id.x']) {
      expect(readPath({ data: [{ id: 1 }] }, path), path).toBe(undefined)
    }
  })
})
