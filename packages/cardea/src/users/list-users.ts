import { type AuthCollection, type CollectionRow, hasColumn, isMapped } from '@cardea/collections'
import { countRecordList, readRecordList } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'
import type { PrincipalState } from '@cardea/identity'
import { principalsOfMany, principalsOfRecords } from '@cardea/identity/later'
import type { RoleView } from '../api/permissions.js'
import type { AdministeredUser, ListFilter, ListPage, ListQuery } from '../api/users.js'
import { usersName } from '../options/users-name.js'
import { assertWhole, parseList, requirePlace } from '../records/parse-list.js'
import type { Services } from '../services/services.js'
import { findMember } from './find-member.js'
import { rolesOfMany } from './roles-of-many.js'

type Fields = Readonly<Record<string, unknown>>
/** A user of any collection. */
export type AnyUser = AdministeredUser<Fields>

/** A user with the ids of its roles, and its state. */
export interface UserWithRoles {
  readonly user: AnyUser
  readonly roles: readonly RoleView[]
  /** Undefined where the principal has gone between two reads. */
  readonly principal: PrincipalState | undefined
}

const mostUsers = 1_000
const defaultLimit = 100

export async function listUsers(
  services: Services,
  collection: AuthCollection,
  query: ListQuery,
): Promise<ListPage<AnyUser>> {
  const { items, next } = await listUsersWithRoles(services, collection, query, mostUsers)
  return { items: items.map(({ user }) => user), next }
}

/** The same with roles beside each. */
export async function listUsersWithRoles(
  services: Services,
  collection: AuthCollection,
  query: ListQuery,
  most: number,
): Promise<ListPage<UserWithRoles>> {
  const { limit = defaultLimit, offset = 0, after } = query
  assertWhole('limit', limit, 1, most)
  assertWhole('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  const list = await parseList(services, collection, query)
  requirePlace(list, after)
  const table = services.collections.table(collection)
  const part = { limit, offset, after }
  const { rows, next } = await readRecordList(services.storage, table, list, part)
  return { items: await viewUsers(services, collection, rows), next }
}

export async function countUsers(services: Services, collection: AuthCollection, query: ListFilter): Promise<number> {
  const list = await parseList(services, collection, query)
  return await countRecordList(services.storage, services.collections.table(collection), list)
}

/** One user as a list shows it. @throws CardeaError `not_found` */
export async function showUser(services: Services, collection: AuthCollection, principalId: string): Promise<AnyUser> {
  const id = isMapped(collection)
    ? (await findMember(services.storage, collection, principalId)).recordKey
    : principalId
  const { items } = await listUsers(services, collection, { filter: { id: { eq: id } }, limit: 1 })
  const [user] = items
  if (user === undefined) throw new CardeaError('not_found', 'There is no such user.')
  return user
}

async function viewUsers(
  services: Services,
  collection: AuthCollection,
  rows: readonly CollectionRow[],
): Promise<readonly UserWithRoles[]> {
  const hasRoles = collection.name === usersName
  if (isMapped(collection)) return await viewMapped(services, collection, rows)
  const ids = rows.map(({ id }) => String(id))
  // Each by a look-up of its own: joined, they would be read along with all that is searched and sorted.
  const [principals, roles] = await Promise.all([
    principalsOfMany(services.storage, ids),
    hasRoles ? rolesOfMany(services.storage, ids, services.clock()) : undefined,
  ])
  return rows.map((row) => {
    const id = String(row['id'])
    const held = roles?.get(id) ?? []
    const principal = principals.get(id)
    const user = {
      ...services.records.present(collection, row),
      ...(hasRoles ? roleFields(held) : {}),
      status: principal?.active === true ? 'active' : 'disabled',
    } as const
    return { user, roles: held, principal }
  })
}

/** Rows of the app's table, of which some may have no principal yet: they get one when they sign in for the first time. */
async function viewMapped(
  services: Services,
  collection: AuthCollection,
  rows: readonly CollectionRow[],
): Promise<readonly UserWithRoles[]> {
  const keys = rows.map(({ id }) => String(id))
  const principals = await principalsOfRecords(services.storage, collection.name, keys)
  return rows.map((row, index) => {
    const { state, verified = null } = principals.get(keys[index] ?? '') ?? {}
    const known = {
      ...row,
      principal_id: state?.id ?? null,
      ...(hasColumn(collection, 'verified') ? {} : { verified: verified === true }),
    }
    const status = state?.active === false ? 'disabled' : 'active'
    return { user: { ...services.records.present(collection, known), status }, roles: [], principal: state }
  })
}

/** As `viewUser` says it: the first role stands for all where a client knows of one only. */
const roleFields = (roles: readonly RoleView[]): Fields => ({
  role: roles[0]?.label ?? null,
  role_id: roles[0]?.id ?? null,
  roles: roles.map(({ label }) => label),
})
