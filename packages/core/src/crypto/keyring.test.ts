import { describe, expect, it } from 'vitest'
import { isCardeaError } from '../errors.js'
import { toBase64Url } from './encoding.js'
import { createKeyring, type KeyPurpose, minimumRootBytes } from './keyring.js'

const root = 'a root secret that only this test uses'
const otherRoot = 'another root secret for the same tests'

/**
 * Id and key of each purpose under `root`, computed apart from this code: HKDF-SHA-256 (RFC 5869) without salt.
 * A change here would end all sessions of everybody who upgrades and make stored secrets unreadable.
 */
const golden: Readonly<Record<KeyPurpose, readonly [id: string, key: string]>> = {
  'access-token': ['rvLj2guv', '1kr1H3HJG697zu9p2ur6uNve2cz8sz-fBKPmeSuRbQQ'],
  'refresh-token': ['oKbEtcdB', 'xmifSDFbbWZsTt3fobQLQrBoRZMZMETHqh-HfpFg94E'],
  verification: ['tJqDlnPK', 'HYks9rMl0s_oYkLRES1Z5oIwai5szTJoXp3Z-W4KP-4'],
  'account-key': ['TAQkgFtw', 'B9b4z-va1Jixmd8IDYK5FDam93VAYP5m_BSYT28oJgk'],
  device: ['AO5wflip', 'KEQoBvCmzdhOwCfiewYtm-k8tLHu4Et6I9AazVezkvc'],
  'rate-limit': ['75Z_gs24', 'WClp6KFJyRN7Te1mre36XXHGYQd27ye6f4FSjc7H0a4'],
  'setup-code': ['Ee0vJr7V', 'RM4vcJGLF6aEi-eGgvIdvmvjbipEhDWTP_3jFUesai4'],
  'factor-encryption': ['CbJ2BqZT', 'KLS-CZkvW235Rr0Kfm2XITl7Tr0Ugy4YUJ53DPaykQQ'],
  'provider-token-encryption': ['XwBhkjKP', '_G2yrdcSB1iJuKpHuVenu_WCPmxyR1Ct3CrkKH-OvsY'],
  'outbox-encryption': ['5JOBh5iK', 'kFcslURQaEmCpL0q-6mBP3zi_9fAKvc2kTT0OGkqMHA'],
  'signing-key-encryption': ['2sjHxSyp', 'wmE-R1eF_AN-O2mk3n3bDedminzGCodiZqpsCpTxTx4'],
  'signing-key-id': ['H16V73J-', 'QIECGkyi7izNlzrlo8kLm7G2rXYw7nFDzI-tBv9nH4M'],
  'password-pepper': ['X0Td1DAQ', 'YHz3ulxBNofNrEQPL-rm46lcrTQK_EAD9d3-e0abQEw'],
}
// The keys of the table are purposes.
const purposes = Object.keys(golden) as KeyPurpose[]

describe('createKeyring', () => {
  it.each(purposes)('derives the same key for %s as ever', (purpose) => {
    const key = createKeyring([root]).current(purpose)
    expect([key.id, toBase64Url(key.bytes)]).toEqual(golden[purpose])
    expect(key.bytes).toHaveLength(32)
  })

  it('says which of several secrets is empty, and what that may come from', () => {
    for (const [roots, place] of [
      [[''], 'secret:'],
      [[root, ''], 'secret[1]:'],
      [['', root], 'secret[0]:'],
    ] as const) {
      expect(() => createKeyring(roots)).toThrow(`${place} is empty: is the variable set that it is read from?`)
    }
  })

  it('derives another key and another id for each purpose', () => {
    const keyring = createKeyring([root])
    const keys = purposes.map((purpose) => keyring.current(purpose))
    expect(new Set(keys.map((key) => toBase64Url(key.bytes))).size).toBe(purposes.length)
    expect(new Set(keys.map((key) => key.id)).size).toBe(purposes.length)
  })

  it('derives another key from another root', () => {
    const one = createKeyring([root]).current('access-token')
    const other = createKeyring([otherRoot]).current('access-token')
    expect(other.id).not.toBe(one.id)
    expect(other.bytes).not.toEqual(one.bytes)
  })

  it('never hands out the root itself, nor an id that is a part of a key', () => {
    for (const purpose of purposes) {
      const { id, bytes } = createKeyring([root]).current(purpose)
      expect(Buffer.from(bytes).toString('utf8')).not.toContain(root)
      expect(toBase64Url(bytes)).not.toContain(id)
    }
  })

  it('signs with the first root and verifies with all, the current one first', () => {
    const before = createKeyring([root])
    const appended = createKeyring([root, otherRoot])
    const moved = createKeyring([otherRoot, root])
    for (const purpose of purposes) {
      expect(appended.current(purpose)).toEqual(before.current(purpose))
      expect(appended.all(purpose)).toHaveLength(2)
      expect(appended.all(purpose)[0]).toBe(appended.current(purpose))
      // While both deployments run, each verifies what the other signs.
      expect(appended.all(purpose)).toContainEqual(moved.current(purpose))
      expect(moved.all(purpose)).toContainEqual(appended.current(purpose))
      expect(moved.current(purpose)).not.toEqual(appended.current(purpose))
    }
  })

  it('derives a key once', () => {
    const keyring = createKeyring([root])
    expect(keyring.all('verification')).toBe(keyring.all('verification'))
  })

  it('shares nothing between two keyrings', () => {
    const one = createKeyring([root]).current('verification')
    const other = createKeyring([root]).current('verification')
    one.bytes.fill(0)
    expect(toBase64Url(other.bytes)).toBe(golden.verification[1])
  })

  it('does not follow later changes of the list', () => {
    const roots = [root]
    const keyring = createKeyring(roots)
    roots[0] = otherRoot
    expect(keyring.current('access-token').id).toBe(golden['access-token'][0])
  })

  it('accepts a root of exactly the least length, counted in bytes', () => {
    expect(() => createKeyring(['x'.repeat(minimumRootBytes)])).not.toThrow()
    expect(() => createKeyring(['é'.repeat(minimumRootBytes / 2)])).not.toThrow()
  })

  describe('refuses, without telling a value,', () => {
    const messageOf = (roots: readonly unknown[]): string => {
      try {
        // What an app in plain JavaScript may pass.
        createKeyring(roots as readonly string[])
      } catch (error) {
        if (isCardeaError(error, 'configuration_invalid')) return error.message
        throw error
      }
      return 'accepted'
    }
    const short = 'only-a-short-secret'

    it('no root at all', () => {
      expect(messageOf([])).toBe('secret: at least one root secret is needed')
    })

    it('a root that is too short', () => {
      expect(messageOf([short])).toBe('secret: needs at least 32 bytes, has 19')
      expect(messageOf(['x'.repeat(minimumRootBytes - 1)])).toBe('secret: needs at least 32 bytes, has 31')
      expect(messageOf([''])).toMatch(/^secret: is empty: /)
    })

    it('one short root among several, by its place', () => {
      expect(messageOf([root, short])).toBe('secret[1]: needs at least 32 bytes, has 19')
    })

    it('a root that is no text', () => {
      expect(messageOf([12_345_678])).toBe('secret: must be a text')
      expect(messageOf([undefined])).toBe('secret: must be a text')
      expect(messageOf([root, { secret: short }])).toBe('secret[1]: must be a text')
    })
  })
})
