import { CardeaError } from '@cardea/core'
import { isPermissionLabel } from '../catalogue/permission-label.js'
import type { NoRows } from '../catalogue/row-types.js'
import { isStorableText } from '../condition/storable.js'
import { CompiledSubject, type SubjectPolicy } from './compiled-subject.js'
import { type ConditionalGrant, type ConditionalGrants, compileTest } from './conditional.js'
import { setBit } from './role-set.js'
import { createScopeBits } from './scopes.js'
import type { Subject } from './subject.js'
import type { SubjectSnapshot } from './subject-snapshot.js'
import { unpack } from './take-snapshot.js'

/**
 * Makes a subject of a snapshot, which answers as the one did that the snapshot was made of.
 *
 * What the snapshot does not name is denied, whether it exists or not. The values of `principal.…` and `context.…` are those
 * of then; {@link Subject.with} takes others. `activate` is refused: the snapshot does not say which role gives what.
 *
 * @throws CardeaError `invalid_request` for what is no snapshot, or one of a version that is not known.
 */
export function subjectFromSnapshot<P extends string = string, Rows = NoRows>(
  snapshot: SubjectSnapshot,
): Subject<P, Rows> {
  try {
    return restore(snapshot)
  } catch (error) {
    throw new CardeaError('invalid_request', 'This is no snapshot of a subject, or one of another version.', {
      cause: error,
    })
  }
}

function restore<P extends string, Rows>(snapshot: SubjectSnapshot): Subject<P, Rows> {
  const { id, tenant = '', validUntil, roles } = snapshot
  const isWhole =
    snapshot.version === 1 && typeof id === 'string' && (validUntil === null || typeof validUntil === 'number')
  if (!isWhole) throw new TypeError('snapshot')
  const allowed = unpack(snapshot.allowed)
  const grants = snapshot.grants.map(
    ({ when = null, fields = null }): ConditionalGrant => ({
      test: when === null ? null : compileTest(when),
      condition: when,
      fields: fields === null ? null : new Set(listOf(fields)),
    }),
  )
  const conditional = snapshot.conditional.map(
    ([permissions, allows, denies]) =>
      [unpack(permissions), { allows: pick(grants, allows), denies: pick(grants, denies) }] as const,
  )
  const labels = [...allowed, ...conditional.flatMap(([permissions]) => permissions)]
  if (!labels.every(isPermissionLabel)) throw new TypeError('snapshot')
  const numbers = new Map(labels.map((label, number) => [label, number]))
  const held = new Int32Array(Math.ceil(labels.length / 32))
  for (const number of allowed.keys()) setBit(held, number)
  const entries = conditional.flatMap(([permissions, some]) =>
    permissions.map((label): [number, ConditionalGrants] => [numbers.get(label) ?? -1, some]),
  )
  const policy: SubjectPolicy = {
    labels,
    numbers,
    isPartial: true,
    onUndeclared: () => {},
    scopeBits: createScopeBits(labels),
    select: () => {
      throw new CardeaError('configuration_invalid', 'A subject of a snapshot has no roles to choose from.')
    },
    explain: undefined,
  }
  const set = {
    bypass: snapshot.bypass === true,
    held,
    conditional: entries.length === 0 ? undefined : new Map(entries),
  }
  const asker = { id: isStorableText(id) ? id : null, ...circumstancesOf(snapshot) }
  const origin = { id, assignments: [], now: 0, tenant, chosen: [], scopes: [] }
  return new CompiledSubject<P, Rows>(policy, asker, origin, set, {
    roles: Object.freeze(roles.map((role) => Object.freeze({ id: role.id, label: role.label }))),
    validUntil,
  })
}

function listOf<Item>(list: readonly Item[]): readonly Item[] {
  // A text could be iterated, too.
  const isList: boolean = Array.isArray(list)
  if (!isList) throw new TypeError('snapshot')
  return list
}

const pick = (grants: readonly ConditionalGrant[], places: readonly number[]): readonly ConditionalGrant[] =>
  places.map((place) => {
    const grant = grants[place]
    // A deny that is not there must not be left out.
    if (grant === undefined) throw new TypeError('snapshot')
    return grant
  })

function circumstancesOf({ values }: SubjectSnapshot): Record<'principal' | 'context', Record<string, unknown>> {
  const of = (source: string) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([reference, value]) =>
        reference.startsWith(`${source}.`) ? [[reference.slice(source.length + 1), value]] : [],
      ),
    )
  return { principal: of('principal'), context: of('context') }
}
