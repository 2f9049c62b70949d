import { type Assignment, compilePolicy, type Grant, type RoleSnapshot } from '@cardea/permissions'
import { type Enforcer, newEnforcer, newModel } from 'casbin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labels, now, patterns, policies, type RandomPolicy, settings } from './policies.js'

/** RBAC with domains as casbin's documentation has it, with denies that override and with wildcards. */
const model = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && (p.obj == "*" || r.obj == p.obj) && (p.act == "*" || r.act == p.act)
`

/** The domain of questions that name no tenant. */
const nowhere = 'global'
const tenants = ['', 'acme', 'globex'] as const
const domainOf = (tenant: string): string => (tenant === '' ? nowhere : tenant)

/** How many links from role to role casbin follows, unless it is told otherwise; it says nothing when there are more. */
const maximumLinks = 10

const split = (pattern: string): readonly string[] => (pattern === '*' ? ['*', '*'] : pattern.split(':'))

/** Whether a role, or an assignment, counts in a tenant. */
const counts = (of: string | undefined, tenant: string): boolean => (of ?? '') === '' || of === tenant

/**
 * The policy in casbin's terms: what counts in a tenant is written down for its domain. Time is not known there, so expired
 * assignments are left out. Users and roles share their names there, so each kind begins with its own letter.
 */
async function translate({ roles, assignments }: RandomPolicy): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModel(model))
  const links: string[][] = []
  const rules: string[][] = []
  for (const tenant of tenants) {
    const domain = domainOf(tenant)
    for (const role of roles.filter((one) => counts(one.tenant, tenant))) {
      links.push(...role.parents.map((parent) => [`r:${role.id}`, `r:${parent}`, domain]))
      rules.push(...role.grants.map(({ permission, effect }) => [`r:${role.id}`, domain, ...split(permission), effect]))
    }
    for (const { roleId, tenant: within } of currentOf(assignments)) {
      const role = roles.find(({ id }) => id === roleId)
      if (counts(within, tenant) && counts(role?.tenant, tenant)) links.push(['u:me', `r:${roleId}`, domain])
    }
  }
  await enforcer.addGroupingPolicies(unique(links))
  await enforcer.addPolicies(unique(rules))
  return enforcer
}

const currentOf = (assignments: readonly Assignment[]): readonly Assignment[] =>
  assignments.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)

/** Casbin takes nothing of a list in which something is there twice. */
const unique = (rows: readonly string[][]): string[][] => [
  ...new Map(rows.map((row) => [JSON.stringify(row), row])).values(),
]

/** The roles that a principal has in a tenant, by how many links away the nearest of them is. */
function distancesOf({ roles, assignments }: RandomPolicy, tenant: string): ReadonlyMap<RoleSnapshot, number> {
  const byId = new Map(roles.map((role) => [role.id, role]))
  const found = new Map<RoleSnapshot, number>()
  let next = currentOf(assignments).flatMap(({ roleId, tenant: within }) => {
    const role = byId.get(roleId)
    return role !== undefined && counts(within, tenant) && counts(role.tenant, tenant) ? [role] : []
  })
  for (let links = 1; next.length > 0; links += 1) {
    const reached = next.filter((role) => !found.has(role))
    for (const role of reached) found.set(role, links)
    next = reached.flatMap(({ parents }) => parents.flatMap((id) => byId.get(id) ?? []))
  }
  return found
}

const covers = ({ permission }: Grant, label: string): boolean => {
  const [resource, operation] = split(permission)
  const [wantedResource, wantedOperation] = label.split(':')
  return (resource === '*' || resource === wantedResource) && (operation === '*' || operation === wantedOperation)
}

const shape = {
  grant: fc.record({
    permission: fc.constantFrom(...patterns),
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const),
    condition: fc.constant(null),
    fields: fc.constant(null),
  }),
  assignment: fc.record({
    expiresAt: fc.constantFrom(null, null, null, now, now + 1),
    tenant: fc.constantFrom('', '', 'acme', 'globex'),
  }),
}
const wide = policies({
  ...shape,
  tenants: ['', '', '', 'acme', 'globex'],
  chained: 30,
  minimumRoles: 1,
  maximumRoles: 8,
})
const deep = policies({ ...shape, tenants: [''], chained: 100, minimumRoles: 12, maximumRoles: 16 })
const random = fc.oneof(wide, wide, deep)

describe('the engine and casbin, as roles with domains', () => {
  it('decide the same, except for bypass and beyond ten links, where casbin does not look', async () => {
    const seen = { allowed: 0, denied: 0, bypass: 0, beyond: 0 }
    await fc.assert(
      fc.asyncProperty(random, async (policy) => {
        const enforcer = await translate(policy)
        const compiled = compilePolicy({ permissions: labels, roles: policy.roles })
        for (const tenant of tenants) {
          const subject = compiled.subject({ id: 'me', assignments: policy.assignments, now, tenant })
          const distances = distancesOf(policy, tenant)
          for (const label of labels) {
            const mine = subject.can(label)
            // By design: a bypass is no grant, which denies would override. Casbin has none.
            if (subject.bypass) {
              expect(mine).toBe(true)
              seen.bypass += 1
              continue
            }
            const theirs = await enforcer.enforce('u:me', domainOf(tenant), ...label.split(':'))
            const saying = [...distances].filter(([{ grants }]) => grants.some((grant) => covers(grant, label)))
            // By design: inheritance has no limit here. What casbin decides without the farther roles shows that nothing else differs.
            if (saying.some(([, links]) => links > maximumLinks)) {
              const near = saying.filter(([, links]) => links <= maximumLinks).flatMap(([{ grants }]) => grants)
              const effects = near.filter((grant) => covers(grant, label)).map(({ effect }) => effect)
              expect(theirs).toBe(effects.includes('allow') && !effects.includes('deny'))
              seen.beyond += 1
              continue
            }
            expect(mine, JSON.stringify({ policy, tenant, label })).toBe(theirs)
            seen[mine ? 'allowed' : 'denied'] += 1
          }
        }
      }),
      settings(15),
    )
    // The cases reach every answer and every reason to differ, or the property would show nothing.
    expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([])
  })

  it('differ where a role is far away: here it counts at any distance', async () => {
    const roles = Array.from({ length: 12 }, (_, index): RoleSnapshot => {
      const parents = index === 0 ? [] : [`role-${index - 1}`]
      const grants = index === 0 ? [allow('content:read')] : index === 2 ? [allow('content:update')] : []
      return { id: `role-${index}`, label: `Role ${index}`, bypass: false, parents, grants }
    })
    const policy: RandomPolicy = { roles, assignments: [{ roleId: 'role-11', expiresAt: null }] }
    const enforcer = await translate(policy)
    const subject = compilePolicy({ permissions: labels, roles }).subject({ id: 'me', ...policy, now })
    expect(await enforcer.enforce('u:me', nowhere, 'content', 'update')).toBe(true)
    expect(await enforcer.enforce('u:me', nowhere, 'content', 'read')).toBe(false)
    expect(subject.canAll(['content:update', 'content:read'])).toBe(true)
  })

  it('differ where a user is called as a role is: that gives nothing here', async () => {
    const roles = [{ id: 'editor', label: 'editor', bypass: false, parents: [], grants: [allow('content:update')] }]
    const enforcer = await newEnforcer(newModel(model))
    await enforcer.addPolicy('editor', nowhere, 'content', 'update', 'allow')
    expect(await enforcer.enforce('editor', nowhere, 'content', 'update')).toBe(true)
    const subject = compilePolicy({ permissions: labels, roles }).subject({ id: 'editor', assignments: [], now })
    expect(subject.can('content:update')).toBe(false)
  })
})

const allow = (permission: string): Grant => ({ permission, effect: 'allow', condition: null, fields: null })
