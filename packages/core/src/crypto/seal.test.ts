import { describe, expect, it } from 'vitest'
import { createKeyring } from './keyring.js'
import { secureRandom } from './random.js'
import { type SealContext, seal, unseal } from './seal.js'

const first = 'the first root secret, which is long enough'
const second = 'another root secret, which is long enough too'
const context = (roots: readonly string[], owner = 'row-1'): SealContext => ({
  keyring: createKeyring(roots),
  purpose: 'factor-encryption',
  owner,
})

describe('seal', () => {
  it('makes what unseal reads, different each time', () => {
    const own = context([first])
    const sealed = seal(own, secureRandom, 'JBSWY3DPEHPK3PXP ü')
    expect(unseal(own, sealed)).toBe('JBSWY3DPEHPK3PXP ü')
    expect(sealed).not.toContain('JBSWY3DPEHPK3PXP')
    expect(seal(own, secureRandom, 'JBSWY3DPEHPK3PXP ü')).not.toBe(sealed)
  })

  it('takes an empty text', () => {
    const own = context([first])
    expect(unseal(own, seal(own, secureRandom, ''))).toBe('')
  })

  it('outlives a rotation of the root secret, while the old one is listed', () => {
    const sealed = seal(context([first]), secureRandom, 'kept')
    expect(unseal(context([second, first]), sealed)).toBe('kept')
    expect(unseal(context([second]), sealed)).toBeUndefined()
  })
})

describe('unseal', () => {
  const sealed = seal(context([first]), secureRandom, 'a secret')

  it('opens nothing that belongs elsewhere', () => {
    expect(unseal(context([first], 'row-2'), sealed)).toBeUndefined()
    expect(unseal({ ...context([first]), purpose: 'outbox-encryption' }, sealed)).toBeUndefined()
  })

  it('opens nothing that was changed', () => {
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A'
      expect(unseal(context([first]), `${sealed.slice(0, index)}${other}${sealed.slice(index + 1)}`)).toBeUndefined()
    }
  })

  it.each(['', '.', 'x', `${sealed.slice(0, 20)}`, sealed.replace('.', ''), `${sealed}A`])('refuses %j', (text) => {
    expect(unseal(context([first]), text)).toBeUndefined()
  })
})
