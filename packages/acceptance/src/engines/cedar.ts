import { type Assignment, type Grant, parsePattern, type RoleSnapshot } from '@cardea/permissions'
import {
  type AuthorizationAnswer,
  type CedarValueJson,
  type EntityJson,
  preparsePolicySet,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import { toCarefulCedar, toPlainCedar } from './cedar-condition.js'
import { labels, type RandomPolicy } from './policies.js'

/** How conditions are written: as one does, or with every null thought of. */
export type CedarStyle = 'plain' | 'careful'

/** A row, whose nulls are what Cedar's entities lack. */
export type CedarRow = Readonly<Record<string, string | number | boolean | null>>

export interface CedarQuestion {
  readonly label: string
  readonly row: CedarRow
  readonly field: string | undefined
}

export interface CedarAnswer {
  readonly allowed: boolean
  /** The effects of the policies that failed, and so were left out. */
  readonly failed: readonly Grant['effect'][]
}

/** Cedar keeps what it has parsed by name, for ever. */
const current = 'current'

/** Who asks, apart from the roles. */
export interface CedarAsker {
  readonly id: string
  readonly principal: CedarRow
  readonly context: CedarRow
}

/**
 * Translates a policy, which takes the place of the one before: roles are entities that inherit each other, permissions actions within actions for their wildcards,
 * denies `forbid`. What a role that is held for one object gives is written down for that object.
 */
export function createCedar(
  { roles, assignments }: RandomPolicy,
  style: CedarStyle,
  asker: CedarAsker,
): (question: CedarQuestion) => CedarAnswer {
  const policies: { readonly effect: Grant['effect']; readonly text: string }[] = []
  for (const role of roles) {
    for (const grant of role.grants) policies.push(policyOf(grant, `principal in Role::"${role.id}"`, [], style))
  }
  for (const { roleId, resourceType, resourceId } of assignments.filter(isScoped)) {
    const within = [`action in Action::"${resourceType}:*"`, `resource == Row::"${resourceType}:${resourceId}"`]
    for (const grant of closureOf(roles, roleId).flatMap((role) => role.grants)) {
      policies.push(policyOf(grant, `principal == User::"${asker.id}"`, within, style))
    }
  }
  const staticPolicies = Object.fromEntries(policies.map(({ text }, index) => [`policy${index}`, text]))
  const parsed = preparsePolicySet(current, { staticPolicies })
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('\n'))

  const everywhere = assignments.filter((assignment) => !isScoped(assignment))
  const principal: EntityJson = {
    uid: { type: 'User', id: asker.id },
    attrs: { ...attributes(asker.principal), id: asker.id },
    parents: everywhere.map(({ roleId }) => ({ type: 'Role', id: roleId })),
  }
  const entities = [principal, ...roles.map(roleEntity), ...actionEntities]
  return ({ label, row, field }) => {
    const [resource = ''] = label.split(':')
    const uid = { type: 'Row', id: `${resource}:${row['id']}` }
    const answer = statefulIsAuthorized({
      principal: principal.uid,
      action: { type: 'Action', id: label },
      resource: uid,
      context: { ...attributes(asker.context), ...(field === undefined ? {} : { field }) },
      preparsedPolicySetId: current,
      entities: [...entities, { uid, attrs: attributes(row), parents: [] }],
    })
    return read(answer, (id) => policies[Number(id.slice('policy'.length))]?.effect ?? 'deny')
  }
}

const isScoped = ({ resourceType = '' }: Assignment): boolean => resourceType !== ''

function policyOf(grant: Grant, principal: string, within: readonly string[], style: CedarStyle) {
  const { permission, effect, condition, fields } = grant
  const conditions = [...within]
  if (condition !== null) {
    if (style === 'plain') conditions.push(toPlainCedar(condition))
    // What is unknown gives nothing and takes away.
    else
      conditions.push(effect === 'allow' ? toCarefulCedar(condition, true) : `!(${toCarefulCedar(condition, false)})`)
  }
  if (fields !== null) {
    const named = `context has field && [${fields.map((field) => JSON.stringify(field)).join(', ')}].contains(context.field)`
    // Whoever asks for no field asks for the whole row, of which a deny may cover a part.
    conditions.push(effect === 'allow' ? `(${named})` : `(!(context has field) || (${named}))`)
  }
  const when = conditions.length === 0 ? '' : ` when { ${conditions.join(' && ')} }`
  const verb = effect === 'allow' ? 'permit' : 'forbid'
  return { effect, text: `${verb}(${principal}, action in Action::"${permission}", resource)${when};` }
}

function closureOf(roles: readonly RoleSnapshot[], id: string): readonly RoleSnapshot[] {
  const found = new Set([id])
  for (const next of found)
    for (const parent of roles.find((role) => role.id === next)?.parents ?? []) found.add(parent)
  return roles.filter((role) => found.has(role.id))
}

const roleEntity = ({ id, parents }: RoleSnapshot): EntityJson => ({
  uid: { type: 'Role', id },
  attrs: {},
  parents: parents.map((parent) => ({ type: 'Role', id: parent })),
})

const action = (id: string) => ({ type: 'Action', id })

/** Each permission within its wildcards. */
const actionEntities: readonly EntityJson[] = labels.map((label) => {
  const { resource, operation } = parsePattern(label) ?? { resource: '', operation: '' }
  return { uid: action(label), attrs: {}, parents: [`${resource}:*`, `*:${operation}`, '*'].map(action) }
})

const attributes = (row: CedarRow): Record<string, CedarValueJson> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))

function read(answer: AuthorizationAnswer, effectOf: (policyId: string) => Grant['effect']): CedarAnswer {
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'))
  const { decision, diagnostics } = answer.response
  return { allowed: decision === 'allow', failed: diagnostics.errors.map(({ policyId }) => effectOf(policyId)) }
}
