import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { definePermissions } from '../catalogue/define-permissions.js'
import { defineRoles, mergeRoles } from './define-roles.js'
import { type SeparationOfDuty, violatedConstraint } from './separation-of-duty.js'

const catalogue = definePermissions({ payments: ['create', 'approve', 'audit'] })
const constraint: SeparationOfDuty = { name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'static' }

const role = (id: string, parents: readonly string[] = [], tenant = '') => ({ id, label: id, parents, tenant })
const roles = [
  role('payer'),
  role('approver'),
  role('auditor'),
  role('clerk', ['payer']),
  role('chief', ['clerk']),
  role('both', ['payer', 'approver']),
  { ...role('other', [], 'acme'), label: 'approver' },
]

describe('violatedConstraint', () => {
  const held = (...ids: readonly string[]) => violatedConstraint([constraint], roles, ids)?.name

  it('finds roles that meet in one principal, directly or through inheritance', () => {
    expect(held('payer')).toBeUndefined()
    expect(held('payer', 'auditor')).toBeUndefined()
    expect(held('payer', 'clerk', 'chief')).toBeUndefined()
    expect(held('payer', 'approver')).toBe('payments')
    expect(held('chief', 'approver')).toBe('payments')
    expect(held('both')).toBe('payments')
  })

  it('does not take the role of a tenant for the global one of the same label, nor one that is gone for any', () => {
    expect(held('payer', 'other')).toBeUndefined()
    expect(held('payer', 'gone')).toBeUndefined()
  })

  it('counts to the number that is too many', () => {
    const three = { ...constraint, roles: ['payer', 'approver', 'auditor'], fewerThan: 3 }
    expect(violatedConstraint([three], roles, ['payer', 'approver'])).toBeUndefined()
    expect(violatedConstraint([three], roles, ['payer', 'approver', 'auditor'])).toBe(three)
  })

  it('looks at what may not be held, unless it is asked for what may not be active', () => {
    const dynamic: SeparationOfDuty = { ...constraint, kind: 'dynamic' }
    expect(violatedConstraint([dynamic], roles, ['payer', 'approver'])).toBeUndefined()
    expect(violatedConstraint([dynamic], roles, ['payer', 'approver'], 'dynamic')).toBe(dynamic)
  })
})

describe('defineRoles with separation of duty', () => {
  const declare = (part: object = {}, more: object = {}) => {
    // What a file in JavaScript could hold, too.
    const set = { ...constraint, ...part } as SeparationOfDuty<'payer' | 'approver' | 'auditor'>
    return defineRoles(catalogue, { payer: {}, approver: {}, auditor: {}, ...more }, { separationOfDuty: [set] })
  }
  const problemOf = (work: () => unknown): string | undefined => {
    try {
      work()
      return undefined
    } catch (error) {
      return isCardeaError(error, 'configuration_invalid') ? error.message : String(error)
    }
  }

  it('keeps the sets, frozen and sorted', () => {
    const declared = declare({ roles: ['payer', 'approver', 'payer'] })
    expect(declared.constraints).toEqual([{ ...constraint, roles: ['approver', 'payer'] }])
    expect(Object.isFrozen(declared.constraints)).toBe(true)
    expect(Object.isFrozen(declared.constraints?.[0])).toBe(true)
    expect(defineRoles(catalogue, { payer: {} }).constraints).toBeUndefined()
  })

  it.each([
    ['no name', { name: '' }, 'separationOfDuty.0.name'],
    ['a role that is not declared', { roles: ['payer', 'gone'] }, 'separationOfDuty.0.roles'],
    ['one role', { roles: ['payer', 'payer'] }, 'separationOfDuty.0.roles'],
    ['roles that are no list', { roles: 'payer' }, 'separationOfDuty.0.roles'],
    ['a number that nobody could keep to', { fewerThan: 1 }, 'separationOfDuty.0.fewerThan'],
    ['a number that nobody could break', { fewerThan: 3 }, 'separationOfDuty.0.fewerThan'],
    ['a number that is none', { fewerThan: '2' }, 'separationOfDuty.0.fewerThan'],
    ['a kind that does not exist', { kind: 'Static' }, 'separationOfDuty.0.kind'],
    ['a member that does not exist', { role: ['payer'] }, 'separationOfDuty.0.role'],
  ])('refuses %s and names the place', (_, part, place) => {
    expect(problemOf(() => declare(part))).toContain(place)
  })

  it.each(['static', 'dynamic'])('refuses a role that has by itself what a %s set keeps apart', (kind) => {
    const both = { both: { inherits: ['payer', 'approver'] } }
    expect(problemOf(() => declare({ kind }, both))).toContain('"both"')
  })

  it('joins the sets of two declarations, and refuses two of one name', () => {
    const other = (part: Partial<SeparationOfDuty<'payer' | 'auditor'>> = {}) =>
      defineRoles(
        catalogue,
        { payer: {}, auditor: {} },
        { separationOfDuty: [{ name: 'audits', roles: ['payer', 'auditor'], fewerThan: 2, kind: 'dynamic', ...part }] },
      )
    expect(mergeRoles(declare(), other()).constraints?.map(({ name }) => name)).toEqual(['payments', 'audits'])
    expect(mergeRoles(declare(), declare()).constraints).toHaveLength(1)
    expect(problemOf(() => mergeRoles(declare(), other({ name: 'payments' })))).toContain('separationOfDuty.payments')
  })

  it('refuses to join what makes a role that nobody could hold', () => {
    const chief = defineRoles(catalogue, { payer: {}, approver: {}, chief: { inherits: ['payer', 'approver'] } })
    expect(problemOf(() => mergeRoles(declare(), chief))).toContain('"chief"')
  })
})
