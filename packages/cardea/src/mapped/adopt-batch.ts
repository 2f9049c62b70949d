import { type AuthCollection, hasColumn } from '@cardea/collections'
import { and, eq, oneOf } from '@cardea/core'
import {
  addIdentifier,
  bumpEpoch,
  deletePrincipal,
  type Identifier,
  lockPrincipal,
  removeIdentifier,
  replaceIdentifier,
} from '@cardea/identity'
import { forgetProofs } from '@cardea/identity/later'
import { credentials, identifiers, principals, type StorageOperations } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { type Issues, issue } from '../transfer/refusal.js'
import type { Candidate } from './candidate.js'

/** What became of a row, with its principal where it has one; `changed` are the kinds of identifiers that were followed. */
export type Adoption =
  | { readonly outcome: 'adopted' | 'unchanged'; readonly principalId: string }
  | { readonly outcome: 'changed'; readonly principalId: string; readonly changed: readonly string[] }
  | { readonly outcome: 'refused'; readonly issues: Issues }

type Principal = { readonly id: string; readonly record_key: string }

/** An identifier that is to become another, or to come or go. */
interface Move {
  readonly from: Identifier | undefined
  readonly to: Identifier | undefined
}

interface Plan {
  readonly candidate: Candidate
  readonly principalId: string
  readonly isNew: boolean
  readonly moves: readonly Move[]
}

const identifierName = ({ kind, key }: { readonly kind: string; readonly key: string }): string => `${kind}:${key}`

export interface AdoptionOptions {
  readonly dryRun?: boolean
  /**
   * Whether the rows are looked at for somebody who is about to prove an address: whose address has changed is then as one that was
   * never verified, and what there was to sign in with may be somebody else's. Default false.
   */
  readonly provesNothing?: boolean
}

/**
 * Gives rows of the app's table their principals, and principals the identifiers that their rows say now. Whoever does the same
 * at the same moment, each row has one principal in the end, and each address belongs to one of them.
 *
 * @returns What became of each, in the same order.
 */
export async function adoptBatch(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  candidates: readonly Candidate[],
  { dryRun = false, provesNothing = false }: AdoptionOptions = {},
): Promise<readonly Adoption[]> {
  if (candidates.length === 0) return []
  const known = await findPrincipals(transaction, collection, candidates)
  const [owners, owned] = await findIdentifiers(transaction, collection, candidates, [...known.values()])
  const plans = candidates.map((candidate): Plan | Issues => {
    const principal = known.get(candidate.recordKey)
    const principalId = principal?.id ?? services.createId()
    const moves = movesOf(candidate.identifiers, owned.get(principalId) ?? [])
    const taken = moves.find(
      ({ to }) => to !== undefined && (owners.get(identifierName(to)) ?? principalId) !== principalId,
    )
    if (taken !== undefined) return issue(taken.to?.kind ?? '', 'taken', 'is another principal’s')
    for (const { to } of moves) if (to !== undefined) owners.set(identifierName(to), principalId)
    return { candidate, principalId, isNew: principal === undefined, moves }
  })
  const wanted = plans.filter((plan): plan is Plan => !Array.isArray(plan))
  const lost = dryRun
    ? new Map<Plan, Adoption>()
    : await write(services, transaction, collection, wanted, provesNothing)
  return plans.map((plan): Adoption => {
    if (Array.isArray(plan)) return { outcome: 'refused', issues: plan as Issues }
    const { principalId, isNew, moves } = plan as Plan
    const other = lost.get(plan as Plan)
    if (other !== undefined) return other
    if (isNew) return { outcome: 'adopted', principalId }
    if (moves.length === 0) return { outcome: 'unchanged', principalId }
    return { outcome: 'changed', principalId, changed: moves.map(({ from, to }) => (to ?? from)?.kind ?? '') }
  })
}

async function findPrincipals(
  transaction: StorageOperations,
  { name }: AuthCollection,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, Principal>> {
  const keys = candidates.map(({ recordKey }) => recordKey)
  const where = and(eq('collection', name), oneOf('record_key', keys))
  const rows = await transaction.find(principals, { where, limit: 'all' })
  return new Map(rows.map((row) => [row.record_key, row]))
}

/** @returns Whose each identifier is that is wanted, and which those have that are there. */
async function findIdentifiers(
  transaction: StorageOperations,
  { name }: AuthCollection,
  candidates: readonly Candidate[],
  known: readonly Principal[],
): Promise<readonly [Map<string, string>, ReadonlyMap<string, readonly Identifier[]>]> {
  const owners = new Map<string, string>()
  const kinds = Map.groupBy(
    candidates.flatMap((candidate) => candidate.identifiers),
    ({ kind }) => kind,
  )
  for (const [kind, wanted] of kinds) {
    const where = and(
      eq('collection', name),
      eq('kind', kind),
      oneOf(
        'key',
        wanted.map(({ key }) => key),
      ),
    )
    for (const row of await transaction.find(identifiers, { where, limit: 'all' })) {
      owners.set(identifierName(row), row.principal_id)
    }
  }
  const ids = known.map(({ id }) => id)
  const where = oneOf('principal_id', ids)
  const rows = ids.length === 0 ? [] : await transaction.find(identifiers, { where, limit: 'all' })
  return [owners, Map.groupBy(rows, (row) => row.principal_id)]
}

function movesOf(wanted: readonly Identifier[], owned: readonly Identifier[]): readonly Move[] {
  const kinds = new Set([...wanted, ...owned].map(({ kind }) => kind))
  return [...kinds].flatMap((kind) => {
    const from = owned.find((each) => each.kind === kind)
    const to = wanted.find((each) => each.kind === kind)
    return from?.key === to?.key ? [] : [{ from, to }]
  })
}

/** @returns Those of new principals that somebody else was quicker with. */
async function write(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  plans: readonly Plan[],
  provesNothing: boolean,
): Promise<ReadonlyMap<Plan, Adoption>> {
  const lost = await insertNew(
    services,
    transaction,
    collection,
    plans.filter(({ isNew }) => isNew),
  )
  for (const plan of plans) {
    if (lost.has(plan)) continue
    const { candidate, principalId, isNew, moves } = plan
    if (!isNew && moves.length > 0) await follow(services, transaction, collection, plan, provesNothing)
    if (candidate.hash !== undefined) await writeHash(services, transaction, principalId, candidate.hash)
  }
  return lost
}

async function insertNew(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  plans: readonly Plan[],
): Promise<ReadonlyMap<Plan, Adoption>> {
  const lost = new Map<Plan, Adoption>()
  if (plans.length === 0) return lost
  const { name } = collection
  // In one order, so that two who adopt the same rows wait for one another and never in a circle.
  const inOrder = plans.toSorted((left, right) => (left.candidate.recordKey < right.candidate.recordKey ? -1 : 1))
  const rows = inOrder.map(({ principalId, candidate }) => ({
    id: principalId,
    collection: name,
    record_key: candidate.recordKey,
    status: 'active',
    ...(hasColumn(collection, 'verified') ? {} : { verified: candidate.verified ?? false }),
    created_at: services.clock(),
  }))
  const written = await transaction.insert(principals, rows, { onConflict: { key: 'record', do: 'nothing' } })
  if (written < rows.length) {
    const candidates = plans.map(({ candidate }) => candidate)
    const now = await findPrincipals(transaction, collection, candidates)
    for (const plan of plans) {
      const id = now.get(plan.candidate.recordKey)?.id
      if (id !== undefined && id !== plan.principalId) lost.set(plan, { outcome: 'unchanged', principalId: id })
    }
  }
  const ours = inOrder.filter((plan) => !lost.has(plan))
  const keys = ours
    .flatMap(({ principalId, candidate }) =>
      candidate.identifiers.map((each) => ({ ...each, principal_id: principalId })),
    )
    .toSorted((left, right) => (identifierName(left) < identifierName(right) ? -1 : 1))
  if (keys.length === 0) return lost
  const taken = await transaction.insert(identifiers, keys, { onConflict: { key: 'primary', do: 'nothing' } })
  if (taken === keys.length) return lost
  const [owners] = await findIdentifiers(
    transaction,
    collection,
    ours.map(({ candidate }) => candidate),
    [],
  )
  for (const plan of ours) {
    const clash = plan.candidate.identifiers.find((each) => owners.get(identifierName(each)) !== plan.principalId)
    if (clash === undefined) continue
    await deletePrincipal(transaction, plan.principalId)
    lost.set(plan, { outcome: 'refused', issues: issue(clash.kind, 'taken', 'is another principal’s') })
  }
  return lost
}

/** What the app has changed in its table holds: whoever had the old address is signed out, and has to verify the new one. */
async function follow(
  services: Services,
  transaction: StorageOperations,
  collection: AuthCollection,
  { principalId, moves }: Plan,
  provesNothing: boolean,
): Promise<void> {
  await lockPrincipal(transaction, principalId)
  for (const { from, to } of moves) {
    if (from === undefined && to !== undefined) await addIdentifier(transaction, { ...to, principalId })
    else if (from !== undefined && to === undefined) await removeIdentifier(transaction, { ...from, principalId })
    else if (from !== undefined && to !== undefined) {
      const { collection: name, kind, key } = from
      await replaceIdentifier(transaction, { collection: name, kind, key, principalId, newKey: to.key })
    }
  }
  if (!moves.some(({ to }) => to?.kind === 'email')) return
  await bumpEpoch(transaction, principalId)
  await services.sessions.withOperations(transaction).revokeAll(principalId)
  // The app may have given the id to another row, whose owner must not be joined by the former one.
  if (provesNothing) await forgetProofs(transaction, principalId)
  if (!hasColumn(collection, 'verified')) {
    await transaction.update(principals, { where: eq('id', principalId), set: { verified: false } })
  }
}

/** Only where there is none: a password that was set here since counts for more than one from elsewhere. */
async function writeHash(
  { passwords }: Services,
  transaction: StorageOperations,
  principalId: string,
  hash: string,
): Promise<void> {
  if ((await transaction.count(credentials, eq('principal_id', principalId))) > 0) return
  await passwords.write(transaction, principalId, hash)
}
