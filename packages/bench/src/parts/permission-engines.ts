import { compilePolicy } from '@cardea/permissions'
import { AbilityBuilder, createMongoAbility } from '@casl/ability'
import { newCachedEnforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import type { Check } from '../measure/checks.ts'
import { accessRoles, splitLabel } from '../peers/access-roles.ts'
import { requestFor } from './better-auth-calls.ts'
import { heldPermissions, type TestPolicy } from './permission-policies.ts'

/** An engine that a policy was given to. Questions come as places in the list, in whatever form the engine wants. */
export interface Engine {
  readonly name: string
  /** Puts the policy and whoever asks together, as at the start or after a change. @returns How to ask. */
  readonly compile: (policy: TestPolicy, labels: readonly string[]) => Promise<Check>
}

/** What asking costs without an engine: the loop, the list, and a call that the compiler cannot see through. */
export const nothing: Engine = {
  name: 'nothing, the loop alone',
  compile: async (policy, labels) => {
    const held = heldPermissions(policy)
    const answers = labels.map((label) => held.has(label))
    return (index) => answers[index] === true
  },
}

/** What no engine can beat: the answer of a set that holds just what is allowed. */
export const setHas: Engine = {
  name: 'Set.has',
  compile: async (policy, labels) => {
    const held = heldPermissions(policy)
    // The places lie within the list; the fallback costs nobody anything, and all engines have it.
    return (index) => held.has(labels[index] ?? '')
  },
}

export const cardea: Engine = {
  name: 'Cardea, can',
  compile: async ({ permissions, roles, heldRoles }, labels) => {
    const policy = compilePolicy({
      permissions,
      roles: [...roles].map(([id, granted]) => ({
        id,
        label: id,
        bypass: false,
        parents: [],
        grants: granted.map((permission) => ({ permission, effect: 'allow', condition: null, fields: null })),
      })),
    })
    const assignments = heldRoles.map((roleId) => ({ roleId, expiresAt: null }))
    const subject = policy.subject({ id: 'somebody', assignments, now: 0 })
    return (index) => subject.can(labels[index] ?? '')
  },
}

export const casl: Engine = {
  name: 'CASL, can',
  compile: async ({ roles, heldRoles }, labels) => {
    const { can, build } = new AbilityBuilder(createMongoAbility)
    for (const label of heldRoles.flatMap((role) => roles.get(role) ?? [])) {
      const { resource, action } = splitLabel(label)
      can(action, resource)
    }
    const ability = build()
    const questions = labels.map(splitLabel)
    return (index) => {
      const question = questions[index]
      return question !== undefined && ability.can(question.action, question.resource)
    }
  },
}

const casbinModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`

function casbinAdapter({ roles, heldRoles }: TestPolicy): StringAdapter {
  const lines = [...roles].flatMap(([role, granted]) =>
    granted.map((label) => {
      const { resource, action } = splitLabel(label)
      return `p, ${role}, ${resource}, ${action}`
    }),
  )
  return new StringAdapter([...lines, ...heldRoles.map((role) => `g, somebody, ${role}`)].join('\n'))
}

export const casbin: Engine = {
  name: 'casbin, enforceSync',
  compile: async (policy, labels) => {
    const enforcer = await newEnforcer(newModelFromString(casbinModel), casbinAdapter(policy))
    const questions = labels.map(splitLabel)
    return (index) => {
      const question = questions[index]
      return question !== undefined && enforcer.enforceSync('somebody', question.resource, question.action)
    }
  },
}

/** Its cache stands behind the asynchronous call alone. */
export async function compileCachedCasbin(
  policy: TestPolicy,
  labels: readonly string[],
): Promise<(index: number) => Promise<boolean>> {
  const enforcer = await newCachedEnforcer(newModelFromString(casbinModel), casbinAdapter(policy))
  const questions = labels.map(splitLabel)
  return async (index) => {
    const question = questions[index]
    return question !== undefined && (await enforcer.enforce('somebody', question.resource, question.action))
  }
}

export const betterAuth: Engine = {
  name: 'better-auth, role.authorize',
  compile: async ({ permissions, roles: granted, heldRoles }, labels) => {
    const { roles } = accessRoles(permissions, granted)
    const held = heldRoles.flatMap((name) => roles[name] ?? [])
    const requests = labels.map(requestFor)
    // As its own `hasPermission` does for somebody with several roles: the first that allows it.
    return (index) => {
      const request = requests[index] ?? {}
      for (const role of held) if (role.authorize(request).success) return true
      return false
    }
  },
}
