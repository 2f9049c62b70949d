import { compilePolicy, type PolicySnapshot } from '@cardea/permissions'
import { AbilityBuilder, createMongoAbility } from '@casl/ability'
import { newCachedEnforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import type { Check } from '../measure/checks.ts'
import { accessRoles, interned, splitLabel } from '../peers/access-roles.ts'
import { requestFor } from './better-auth-calls.ts'
import { permissionsOf, type Questions, type TestPolicy } from './permission-policies.ts'

/** An engine that a policy was given to. Questions come as places in the list, in whatever form the engine wants. */
export interface Engine {
  readonly name: string
  /** Puts the policy and those who ask together, as at the start or after a change. @returns How to ask. */
  readonly compile: (policy: TestPolicy, questions: Questions) => Promise<Check>
}

/** What asking costs without an engine: the loop, the lists, and a call that the compiler cannot see through. */
export const nothing: Engine = {
  name: 'nothing, the loop alone',
  // The places lie within the lists; the fallbacks cost nobody anything, and all engines have them.
  compile:
    async (_policy, { people, who, labels, expected }) =>
    (index) =>
      people[who[index] ?? 0] !== undefined && labels[index] !== undefined && expected[index] === true,
}

/** A set for each, of just what is allowed, named as code names it. */
export const setHas: Engine = {
  name: 'Set.has',
  compile: async (policy, { people, who, labels }) => {
    const sets = people.map((roles) => new Set(permissionsOf(policy, roles).map(interned)))
    return (index) => sets[who[index] ?? 0]?.has(labels[index] ?? '') === true
  },
}

/** What has a text's number found and nothing else: every permission of the policy is in it, allowed or not. */
export const mapGet: Engine = {
  name: 'Map.get of every permission',
  compile: async (policy, { people, who, labels }) => {
    const maps = people.map((roles) => {
      const allowed = new Set(permissionsOf(policy, roles))
      return new Map(policy.permissions.map((label) => [interned(label), allowed.has(label)]))
    })
    return (index) => maps[who[index] ?? 0]?.get(labels[index] ?? '') === true
  },
}

/** The policy as Cardea takes it. */
export const snapshotOf = ({ permissions, roles }: TestPolicy): PolicySnapshot => ({
  permissions,
  roles: [...roles].map(([id, role]) => ({
    id,
    label: id,
    bypass: false,
    parents: role.inherits,
    grants: role.permissions.map((permission) => ({ permission, effect: 'allow', condition: null, fields: null })),
  })),
})

export const assignmentsOf = (roles: readonly string[]) => roles.map((roleId) => ({ roleId, expiresAt: null }))

export const cardea: Engine = {
  name: 'Cardea, can',
  compile: async (policy, { people, who, labels }) => {
    const compiled = compilePolicy(snapshotOf(policy))
    const subjects = people.map((roles, place) =>
      compiled.subject({ id: `user${place}`, assignments: assignmentsOf(roles), now: 0 }),
    )
    return (index) => subjects[who[index] ?? 0]?.can(labels[index] ?? '') === true
  },
}

/** An ability for each, as its documentation builds it; made once and kept. */
const abilitiesOf = (policy: TestPolicy, { people }: Questions) =>
  people.map((roles) => {
    const { can, build } = new AbilityBuilder(createMongoAbility)
    for (const { resource, action } of permissionsOf(policy, roles).map(splitLabel)) can(action, resource)
    return build()
  })

export const casl: Engine = {
  name: 'CASL, can',
  compile: async (policy, questions) => {
    const abilities = abilitiesOf(policy, questions)
    const asked = questions.labels.map(splitLabel)
    return (index) => {
      const question = asked[index]
      return (
        question !== undefined && abilities[questions.who[index] ?? 0]?.can(question.action, question.resource) === true
      )
    }
  },
}

/** Where an app has permissions as texts, as ours are asked for: it takes them apart for each question. */
export const caslByText: Engine = {
  name: 'CASL, can, by the same text',
  compile: async (policy, questions) => {
    const abilities = abilitiesOf(policy, questions)
    return (index) => {
      const { action, resource } = splitLabel(questions.labels[index] ?? '')
      return abilities[questions.who[index] ?? 0]?.can(action, resource) === true
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

function casbinAdapter({ roles }: TestPolicy, { people }: Questions): StringAdapter {
  const lines = [...roles].flatMap(([role, { permissions, inherits }]) => [
    ...permissions.map(splitLabel).map(({ resource, action }) => `p, ${role}, ${resource}, ${action}`),
    ...inherits.map((parent) => `g, ${role}, ${parent}`),
  ])
  const held = people.flatMap((labels, place) => labels.map((role) => `g, user${place}, ${role}`))
  return new StringAdapter([...lines, ...held].join('\n'))
}

export const casbin: Engine = {
  name: 'casbin, enforceSync',
  compile: async (policy, questions) => {
    const enforcer = await newEnforcer(newModelFromString(casbinModel), casbinAdapter(policy, questions))
    const asked = questions.labels.map(splitLabel)
    return (index) => {
      const question = asked[index]
      if (question === undefined) return false
      return enforcer.enforceSync(`user${questions.who[index] ?? 0}`, question.resource, question.action)
    }
  },
}

/** Its cache stands behind the asynchronous call alone. */
export async function compileCachedCasbin(
  policy: TestPolicy,
  questions: Questions,
): Promise<(index: number) => Promise<boolean>> {
  const enforcer = await newCachedEnforcer(newModelFromString(casbinModel), casbinAdapter(policy, questions))
  const asked = questions.labels.map(splitLabel)
  return async (index) => {
    const question = asked[index]
    if (question === undefined) return false
    return await enforcer.enforce(`user${questions.who[index] ?? 0}`, question.resource, question.action)
  }
}

/** As its own `hasPermission` does for somebody with several roles: the first that allows it. */
function createAuthorize(policy: TestPolicy, { people, who }: Questions) {
  const flat = new Map([...policy.roles.keys()].map((role) => [role, permissionsOf(policy, [role])]))
  const { roles } = accessRoles(policy.permissions, flat)
  const held = people.map((names) => names.flatMap((name) => roles[name] ?? []))
  return (index: number, request: ReturnType<typeof requestFor>): boolean => {
    for (const role of held[who[index] ?? 0] ?? []) if (role.authorize(request).success) return true
    return false
  }
}

export const betterAuth: Engine = {
  name: 'better-auth, role.authorize',
  compile: async (policy, questions) => {
    const authorize = createAuthorize(policy, questions)
    const requests = questions.labels.map(requestFor)
    return (index) => authorize(index, requests[index] ?? {})
  },
}

export const betterAuthByText: Engine = {
  name: 'better-auth, role.authorize, by the same text',
  compile: async (policy, questions) => {
    const authorize = createAuthorize(policy, questions)
    return (index) => authorize(index, requestFor(questions.labels[index] ?? ''))
  },
}
