import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { bool, date, email, json, number, relation, select, text, url } from './builders.js'

describe('field builders', () => {
  it('make plain data that JSON holds without loss', () => {
    const fields = {
      company: text({ min: 1, max: 80, pattern: /^[A-Z]/, optional: true }),
      contact: email({ unique: true }),
      site: url({ max: 300 }),
      seats: number({ min: 1, max: 500, default: 5 }),
      active: bool({ default: false }),
      since: date({ min: '2020-01-01' }),
      plan: select(['free', 'paid'], { default: 'free' }),
      notes: json({ hidden: true, optional: true }),
      score: number({ readonly: true, default: 0 }),
      parent: relation('customers', { optional: true }),
    }
    expect(JSON.parse(JSON.stringify(fields))).toStrictEqual({
      company: { type: 'text', min: 1, max: 80, pattern: '^[A-Z]', optional: true },
      contact: { type: 'email', unique: true },
      site: { type: 'url', max: 300 },
      seats: { type: 'number', min: 1, max: 500, default: 5 },
      active: { type: 'bool', default: false },
      since: { type: 'date', min: '2020-01-01' },
      plan: { type: 'select', options: ['free', 'paid'], default: 'free' },
      notes: { type: 'json', hidden: true, optional: true },
      score: { type: 'number', readonly: true, default: 0 },
      parent: { type: 'relation', collection: 'customers', optional: true },
    })
  })

  it('make fields that cannot be changed afterwards', () => {
    const options = ['a', 'b']
    const field = select(options)
    options.push('c')
    expect(field.options).toStrictEqual(['a', 'b'])
    expect(Object.isFrozen(field) && Object.isFrozen(field.options)).toBe(true)
  })

  it('do not let an option replace the type', () => {
    const disguised: object = { type: 'text', collection: 'other' }
    expect(bool(disguised).type).toBe('bool')
    expect(relation('customers', disguised)).toMatchObject({ type: 'relation', collection: 'customers' })
  })

  it.each(['i', 'g', 'y', 'm', 's', 'v'])('refuse a pattern with the flag %s, which data would not keep', (flags) => {
    const make = () => text({ pattern: new RegExp('a', flags) })
    expect(make).toThrow('text: pattern takes no flag but u')
    expect(catching(make)).toSatisfy((error) => isCardeaError(error, 'configuration_invalid'))
  })
})

function catching(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
