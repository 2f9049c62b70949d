import { describe, expect, it } from 'vitest'
import { defineCollection } from './define-collection.js'
import { permissionsOf } from './permissions.js'

describe('permissionsOf', () => {
  it('declares what can be permitted on the records of a collection', () => {
    const customers = defineCollection('customers', { type: 'auth' })
    expect(permissionsOf(customers).permissions).toStrictEqual([
      'customers:read',
      'customers:create',
      'customers:update',
      'customers:delete',
    ])
    expect(permissionsOf(customers).has('customers:admin')).toBe(false)
  })
})
