import { CardeaError, eq, isCardeaError, matches, param } from '@cardea/core'
import { type FindOneQuery, type FindQuery, type Found, identities, type StorageOperations } from '@cardea/storage'
import { type PrincipalState, toPrincipalState } from '../principal/principal-state.js'

/** Whose account at a provider it is. Never an address: those change hands. */
export interface IdentityKey {
  readonly collection: string
  readonly provider: string
  readonly subject: string
}

/** An account at a provider that signs a principal in. */
export interface IdentityLink extends IdentityKey {
  readonly id: string
  readonly principalId: string
  /** As the provider last gave it. */
  readonly email: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** Everything that a sign-in through a provider needs to know, as it was in one moment. */
export interface LinkedPrincipal {
  readonly link: IdentityLink
  readonly principal: PrincipalState
  readonly versions: { readonly authz: number; readonly policy: number; readonly config: number }
}

const included = { principal: true, authz: true } as const
type Row = Found<typeof identities, typeof included>

const byKey: FindOneQuery<typeof identities, typeof included> = {
  where: matches({ collection: param('collection'), provider: param('provider'), subject: param('subject') }),
  include: included,
}
const byOwner: FindOneQuery<typeof identities> = {
  where: matches({ id: param('id'), principal_id: param('principalId') }),
}
const byPrincipal: FindQuery<typeof identities, Record<never, never>> = {
  where: eq('principal_id', param('principalId')),
  orderBy: [
    { field: 'created_at', direction: 'asc' },
    { field: 'id', direction: 'asc' },
  ],
  limit: 'all',
}

/** Finds whom an account at a provider signs in, with its epoch as it is at the same moment: one statement. */
export async function findByIdentity(
  storage: StorageOperations,
  { collection, provider, subject }: IdentityKey,
): Promise<LinkedPrincipal | undefined> {
  const row: Row | undefined = await storage.findOne(identities, byKey, { collection, provider, subject })
  if (row === undefined) return undefined
  const { principal, authz } = row
  return {
    link: toIdentityLink(row),
    principal: toPrincipalState(principal),
    versions: { authz: principal.authz_version, policy: authz.policy_version, config: authz.config_version },
  }
}

/**
 * Links an account at a provider.
 *
 * @param link.tokens The provider's tokens, sealed; null where there are none, as after an import.
 * @throws CardeaError `conflict` when it signs somebody in already.
 */
export async function addIdentity(
  transaction: StorageOperations,
  link: IdentityKey & {
    readonly id: string
    readonly principalId: string
    readonly email: string | null
    readonly tokens: string | null
    readonly now: number
  },
): Promise<void> {
  const { id, principalId, collection, provider, subject, email, tokens, now } = link
  try {
    await transaction.insert(identities, {
      id,
      principal_id: principalId,
      collection,
      provider,
      subject,
      email,
      tokens,
      created_at: now,
      updated_at: now,
    })
  } catch (cause) {
    if (!isCardeaError(cause, 'unique_violation')) throw cause
    throw new CardeaError('conflict', 'this account at the provider signs somebody in already', { cause })
  }
}

/** Notes what the provider last said. @returns Whether the link is there still. */
export async function updateIdentity(
  storage: StorageOperations,
  id: string,
  { email, tokens, now }: { readonly email: string | null; readonly tokens: string; readonly now: number },
): Promise<boolean> {
  return (await storage.update(identities, { where: eq('id', id), set: { email, tokens, updated_at: now } })) === 1
}

/** The links of a principal, the oldest first. */
export async function listIdentities(
  storage: StorageOperations,
  principalId: string,
): Promise<readonly IdentityLink[]> {
  return (await storage.find(identities, byPrincipal, { principalId })).map(toIdentityLink)
}

/** Which links of a collection are wanted. */
export interface IdentityFilter {
  readonly principalId?: string | undefined
  readonly provider?: string | undefined
}

/** Links of all principals of a collection, or of one, by id: as many as are asked for, after a place. */
export async function listIdentitiesOf(
  storage: StorageOperations,
  collection: string,
  query: IdentityFilter & { readonly limit: number; readonly offset: number; readonly after?: string | undefined },
): Promise<readonly IdentityLink[]> {
  const { limit, offset, after } = query
  if (query.principalId !== undefined) {
    const rest = (await linksOf(storage, collection, query.principalId, query)).filter(
      ({ id }) => after === undefined || id > after,
    )
    return rest.slice(offset, offset + limit)
  }
  const rows = await storage.find(identities, {
    where: conditionOf(collection, query),
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit,
    ...(offset === 0 ? {} : { offset }),
    ...(after === undefined ? {} : { after: [after] }),
  })
  return rows.map(toIdentityLink)
}

export async function countIdentitiesOf(
  storage: StorageOperations,
  collection: string,
  filter: IdentityFilter,
): Promise<number> {
  if (filter.principalId !== undefined) return (await linksOf(storage, collection, filter.principalId, filter)).length
  return await storage.count(identities, conditionOf(collection, filter))
}

/** Those of one principal are few, and found by it alone: with the collection beside it, a planner may take that index. */
async function linksOf(
  storage: StorageOperations,
  collection: string,
  principalId: string,
  { provider }: IdentityFilter,
): Promise<readonly IdentityLink[]> {
  const links = await listIdentities(storage, principalId)
  return links
    .filter((link) => link.collection === collection && (provider === undefined || link.provider === provider))
    .sort((left, right) => (left.id < right.id ? -1 : 1))
}

const conditionOf = (collection: string, { provider }: IdentityFilter) =>
  matches({ collection, ...(provider === undefined ? {} : { provider }) })

/** A link by its id, whoever's it is. */
export async function findIdentity(storage: StorageOperations, id: string): Promise<IdentityLink | undefined> {
  const row = await storage.findOne(identities, { where: eq('id', id) })
  return row === undefined ? undefined : toIdentityLink(row)
}

/** What a link keeps of the provider's tokens, sealed; undefined when the principal has no such link. */
export async function findIdentityTokens(
  storage: StorageOperations,
  principalId: string,
  id: string,
): Promise<string | undefined> {
  return (await storage.findOne(identities, byOwner, { id, principalId }))?.tokens ?? undefined
}

/** Takes a link from a principal. @returns Whether the principal had it. */
export async function removeIdentity(
  transaction: StorageOperations,
  principalId: string,
  id: string,
): Promise<boolean> {
  return (await transaction.delete(identities, matches({ id, principal_id: principalId }))) === 1
}

export function toIdentityLink(row: {
  readonly id: string
  readonly principal_id: string
  readonly collection: string
  readonly provider: string
  readonly subject: string
  readonly email: string | null
  readonly created_at: number
  readonly updated_at: number
}): IdentityLink {
  return {
    id: row.id,
    principalId: row.principal_id,
    collection: row.collection,
    provider: row.provider,
    subject: row.subject,
    email: row.email,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
