import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseFingerprint, parseSshPublicKey } from './parse-ssh-public-key.js'

/** Keys with the fingerprints that `ssh-keygen -l` of OpenSSH 9.2 prints for them. */
const known = [
  [
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbbR/KZU6AZUMNQiOMllCJ/uGN6SWSFAAgkr9n1FxOe',
    'ZVzdVY8hTWUVoV9WWCZlDx9ofGJS74i/1XOXOg+JUD4',
  ],
  [
    'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDivNZ/DrYOTYS4+Y2/upJpx/stlvRJYj/JPW7DeEGgtxSsxiE7Kzcku05+AQ4aQdcgJ/HQdW1eXUVCOi2hk0qI=',
    'vVJqNb55bU05ypGx7XwoXNWUQ4mdWYarYvt9x42pprw',
  ],
  [
    'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBIMkCNbyy/2JIIISv3jWpBrxmwsRDDmnIDmI08jCAi5rBH1EbOHbG82Yboctcisf/FkIdb30F9kH9i6BCaldudXWge8dAF3IB1NYbwTxVFUiHy3qFRTqR4u//Neb8XI+Tw==',
    '8TGLS+vUGqHjgGuSNi+vhKKR6fXfsYFHNc1rHjHwo7A',
  ],
  [
    'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBACc+RMI7MduDfGUSSLsfLJURikywBzxNb4H+VBoZ3ssohq1R/jC7oOpCJ9s9Qfa0ImlXGm77WqaWpmLyojBq0+xBwHOYNxD70A+ZALHCbAbZXVI9BBfGMapx+ypnikb4LgEBnjymDnBCFU7XkI42DF8bgXYBS8BZFeXE78Bpy2YB83N2g==',
    'X05G6PwadHBP9a0iLAvVkNR8QgeUnV3ekqb4Hgv1GEo',
  ],
  [
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCvNnbJkGiK6d/3V15ZQfpGnBcEal8BNxL9Gs43pbE+ecsWWTSF/mhk3KTgPA4y9UYulCY3SDGEGi0ZUqvmKF0Hk2iNvPiRPvg+K6Rk7C+V2uj6Ak+ez0sO873/mRzCzKMWzpGt65HHoxrMVCCXGOwL+iBHPEoBzqKnsLhnoymmMFO2ARtGwLR9diU6uFnLSDBdQpBaeIxzcqxAgnIaKoW2KbCA3bIlJZUJjFzs9nUcoC9iwkCW47sp2mAGs0/jNiRaPQ9JBP+8SE20ZriT+theaWwkpLMezAx4zQL0W/ldWaJkTjUNh3j5M37y0EUM85RIxHigdq+cFGofH8QhPwx5',
    '3Oauqlh1N+m8f9/8HUU3jqjEVnI6KMnekMGJvaeJ2fc',
  ],
] as const

const smallRsa =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDMrLcym45wYHEtvD85mhBuVNJUc3t5NYoGk/cRehvWeZlYRALNTY7wJbvC2iFl0TrfnEgltSiyI8H55VyAy2+xiXLcscsyXz/r2ys2hposdXE55NUsnviJ1d53GKmKbfAMUqzDutF5s34PnK8HVzVOhwFzvQbYKwQ/ULKxJFX3Nw=='

const [ed25519, p256] = [known[0][0], known[1][0]]

const field = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
const keyOf = (type: string, ...fields: readonly (string | Uint8Array)[]): string =>
  `${type} ${Buffer.concat([field(type), ...fields.map(field)]).toString('base64')}`

const f4 = Buffer.from([1, 0, 1])
/** A modulus of so many bits: odd, with a zero in front so that it is positive. */
const modulus = (bits: number): Buffer => Buffer.concat([Buffer.from([0]), Buffer.alloc(bits / 8, 0xff)])
const point = Buffer.from(p256.split(' ')[1] ?? '', 'base64').subarray(-65)

const accepts = (text: unknown): boolean => parseSshPublicKey(text).valid

describe('parseSshPublicKey', () => {
  it.each(known)('reads %s', (text, fingerprint) => {
    const [type] = text.split(' ')
    const key = { type, publicKey: text, fingerprint }
    expect(parseSshPublicKey(text)).toEqual({ valid: true, key: { ...key, comment: '' } })
    const withComment = `  ${text} Anna Müller's laptop\r\n`
    expect(parseSshPublicKey(withComment)).toEqual({ valid: true, key: { ...key, comment: "Anna Müller's laptop" } })
  })

  it('reads keys of security devices', () => {
    const security = keyOf('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:')
    expect(parseSshPublicKey(security)).toMatchObject({ valid: true, key: { type: 'sk-ssh-ed25519@openssh.com' } })
    expect(accepts(keyOf('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point, 'ssh:app'))).toBe(true)
    expect(accepts(keyOf('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7)))).toBe(false)
    expect(accepts(keyOf('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), ''))).toBe(false)
    expect(accepts(keyOf('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'a\nb'))).toBe(false)
  })

  it('asks of RSA what is safe today', () => {
    expect(accepts(smallRsa)).toBe(false)
    expect(accepts(keyOf('ssh-rsa', f4, modulus(2_040)))).toBe(false)
    expect(accepts(keyOf('ssh-rsa', f4, modulus(2_048)))).toBe(true)
    expect(accepts(keyOf('ssh-rsa', f4, modulus(16_384)))).toBe(true)
    expect(accepts(keyOf('ssh-rsa', f4, modulus(16_392)))).toBe(false)
    const even = modulus(2_048)
    even[even.length - 1] = 0xfe
    for (const [exponent, n] of [
      [f4, even],
      [Buffer.from([1]), modulus(2_048)],
      [Buffer.from([2]), modulus(2_048)],
      [Buffer.from([0, 1, 0, 1]), modulus(2_048)],
      [Buffer.alloc(0), modulus(2_048)],
      [Buffer.alloc(40, 1), modulus(2_048)],
      // Without the zero in front the number is negative; with two it is not the one form that there is.
      [f4, modulus(2_048).subarray(1)],
      [f4, Buffer.concat([Buffer.from([0]), modulus(2_048)])],
    ] as const) {
      expect(accepts(keyOf('ssh-rsa', exponent, n))).toBe(false)
    }
  })

  it('asks for points that are on their curve, in the form that OpenSSH writes', () => {
    const off = Buffer.from(point)
    off[64] = (off[64] ?? 0) ^ 1
    const compressed = Buffer.concat([Buffer.from([2]), point.subarray(1, 33)])
    expect(accepts(keyOf('ecdsa-sha2-nistp256', 'nistp256', point))).toBe(true)
    for (const bad of [off, compressed, Buffer.alloc(65), Buffer.alloc(0), point.subarray(0, 64)]) {
      expect(accepts(keyOf('ecdsa-sha2-nistp256', 'nistp256', bad))).toBe(false)
    }
    expect(accepts(keyOf('ecdsa-sha2-nistp256', 'nistp384', point))).toBe(false)
  })

  const [, data = ''] = ed25519.split(' ')
  it.each<[string, unknown]>([
    ['nothing', ''],
    ['a type alone', 'ssh-ed25519'],
    ['a key alone', data],
    ['another type outside than inside', `ssh-rsa ${data}`],
    ['a type that is unknown', keyOf('ssh-ed448', Buffer.alloc(57))],
    ['DSA', keyOf('ssh-dss', f4, f4, f4, f4)],
    ['a certificate', keyOf('ssh-ed25519-cert-v01@openssh.com', Buffer.alloc(32), Buffer.alloc(32))],
    ['options in front', `command="sh" ${ed25519}`],
    ['two keys', `${ed25519}\n${p256}`],
    ['two spaces between', `ssh-ed25519  ${data}`],
    ['a tab between', `ssh-ed25519\t${data}`],
    ['another alphabet', `ssh-ed25519 ${data.replaceAll('/', '_')}`],
    ['needless padding', `${ed25519}==`],
    ['another character', `ssh-ed25519 ${data.slice(0, -1)}!`],
    ['a short key', keyOf('ssh-ed25519', Buffer.alloc(31))],
    ['a long key', keyOf('ssh-ed25519', Buffer.alloc(33))],
    ['something after the key', keyOf('ssh-ed25519', Buffer.alloc(32), 'x')],
    ['a length that says too much', `ssh-ed25519 ${Buffer.from([255, 255, 255, 255, 1]).toString('base64')}`],
    ['a control character in the comment', `${ed25519} a\u0007b`],
    ['a line separator in the comment', `${ed25519} a\u2028b`],
    ['half a character in the comment', `${ed25519} \ud800`],
    ['a comment without end', `${ed25519} ${'x'.repeat(201)}`],
    ['too much of all', `${ed25519} ${' '.repeat(9_000)}`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----'],
    ['a key in PEM', '-----BEGIN PUBLIC KEY-----'],
    ['a list', [ed25519]],
    ['null', null],
  ])('refuses %s', (_, text) => {
    const result = parseSshPublicKey(text)
    expect(result.valid).toBe(false)
    if (!result.valid) expect(result.message).not.toContain(data)
  })
})

describe('parseFingerprint', () => {
  const [, fingerprint] = known[0]
  it('takes what ssh-keygen prints, and the bare fingerprint', () => {
    expect(parseFingerprint(`SHA256:${fingerprint}`)).toBe(fingerprint)
    expect(parseFingerprint(fingerprint)).toBe(fingerprint)
  })

  it.each(['', 'SHA256:', `${fingerprint}=`, `SHA1:${fingerprint}`, `${fingerprint}\n`, null, [fingerprint]])(
    'refuses %j',
    (text) => {
      expect(parseFingerprint(text)).toBeUndefined()
    },
  )
})

const hasSshKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined

describe.skipIf(!hasSshKeygen)('what ssh-keygen makes', () => {
  it.each([
    ['ed25519', '256'],
    ['rsa', '2048'],
    ['ecdsa', '256'],
    ['ecdsa', '384'],
    ['ecdsa', '521'],
  ])('reads %s of %s bits, with the fingerprint that it prints', (type, bits) => {
    const folder = mkdtempSync(join(tmpdir(), 'cardea-ssh-'))
    try {
      const file = join(folder, 'key')
      execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-C', 'a comment', '-f', file])
      const printed = execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8' })
      const result = parseSshPublicKey(readFileSync(`${file}.pub`, 'utf8'))
      if (!result.valid) throw new Error(result.message)
      expect(printed).toContain(` SHA256:${result.key.fingerprint} `)
      expect(result.key.comment).toBe('a comment')
      expect(accepts(readFileSync(file, 'utf8'))).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
