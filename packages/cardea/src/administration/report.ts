import { isAuthCollection } from '@cardea/collections'
import { eq, oneOf } from '@cardea/core'
import { roleParents, rolePermissions, roles as roleTable } from '@cardea/storage'
import type { NeededCollection, NeededPermission, PermissionsReport } from '../api/permissions.js'
import { neededByRules } from '../collections/review-rules.js'
import type { Services } from '../services/services.js'
import { listed, named } from './listed.js'

/** Compares what is needed with what is declared and stored. Reads, and writes nothing. */
export async function reportPolicy(services: Services): Promise<PermissionsReport> {
  const { declared, needs, policy } = services
  const stored = (await policy.listPermissions()).map(({ label }) => label)
  const known = new Set([...declared.catalogue.permissions, ...stored])
  const ofRules = neededByRules(services.collections.current.registry.list())
  return {
    undeclared: undeclaredOf(services, known, ofRules),
    unneeded: [...known].filter((label) => !needs.places.has(label) && !ofRules.has(label)).sort(),
    empty: await emptyRoles(services),
    missingCollections: await missingOf(services, [...services.needs.collections.keys()]),
  }
}

/** What may be wrong at start, as far as memory tells. */
export interface Doubts {
  readonly undeclared: readonly string[]
  readonly unneeded: readonly string[]
  readonly empty: readonly string[]
  readonly missing: readonly string[]
}

/** Says what is wrong indeed: permissions, grants and collections that were made at run time are there, too. */
export async function warnOfPolicy(services: Services, doubts: Doubts): Promise<void> {
  const { config, declared, policy } = services
  const warn = (message: string): void => {
    config.logger.warn(message)
  }
  if (doubts.undeclared.length > 0) {
    const stored = (await policy.listPermissions()).map(({ label }) => label)
    const wanted = new Set(doubts.undeclared)
    const undeclared = undeclaredOf(services, new Set([...declared.catalogue.permissions, ...stored])).filter(
      ({ permission }) => wanted.has(permission),
    )
    if (undeclared.length > 0) {
      const names = undeclared.map(({ permission, neededBy }) => `${named(permission)} (${named(neededBy[0] ?? '')})`)
      warn(`Permissions are needed that nobody declares, so that nobody can have them: ${listed(names)}.`)
    }
  }
  const ofRules = neededByRules(services.collections.current.registry.list())
  const unneeded = doubts.unneeded.filter((label) => !ofRules.has(label))
  if (unneeded.length > 0) {
    warn(
      `Permissions are declared that no route that is loaded needs: ${listed(unneeded)}. Where code asks for them itself, it may say so: auth.permissions.needs([…], 'where').`,
    )
  }
  if (doubts.empty.length > 0) {
    const wanted = new Set(doubts.empty)
    const empty = (await emptyRoles(services)).filter((label) => wanted.has(label))
    if (empty.length > 0) warn(`Roles are declared that nothing is granted to: ${listed(empty)}.`)
  }
  const missing = await missingOf(services, doubts.missing)
  if (missing.length > 0) {
    const names = missing.map(({ collection, neededBy }) => `${named(collection)} (${named(neededBy[0] ?? '')})`)
    const there = listed(services.collections.current.authNames)
    warn(
      `Guards take users of auth collections that there are not, so that nobody of them comes in: ${listed(names)}. There are: ${there}.`,
    )
  }
}

/** Those of the names that no auth collection has, in code or made at run time by whichever node. */
async function missingOf(
  { collections, needs }: Services,
  names: readonly string[],
): Promise<readonly NeededCollection[]> {
  const missing: NeededCollection[] = []
  for (const name of names.toSorted()) {
    const found = await collections.find(name)
    if (found !== undefined && isAuthCollection(found)) continue
    missing.push({ collection: name, neededBy: [...(needs.collections.get(name) ?? [])] })
  }
  return missing
}

/** Places enough to find a permission by. */
const mostPlaces = 20

function undeclaredOf(
  { needs }: Services,
  known: ReadonlySet<string>,
  ofRules: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly NeededPermission[] {
  return [...new Set([...needs.places.keys(), ...ofRules.keys()])]
    .filter((permission) => !known.has(permission))
    .map((permission) => ({
      permission,
      neededBy: [...(needs.places.get(permission) ?? []), ...(ofRules.get(permission) ?? [])].slice(0, mostPlaces),
    }))
    .sort((a, b) => (a.permission < b.permission ? -1 : 1))
}

/** How many values a condition lists: databases limit the parameters of a statement. */
const listSize = 500

/** Global roles that neither have a grant nor inherit one, and are no exemption from all checks; by label. */
async function emptyRoles({ storage }: Services): Promise<readonly string[]> {
  const rows = await storage.find(roleTable, {
    where: eq('tenant', ''),
    orderBy: [{ field: 'label', direction: 'asc' }],
    limit: 'all',
  })
  const children = new Map<string, string[]>()
  const granted = new Set<string>()
  for (let start = 0; start < rows.length; start += listSize) {
    const ids = rows.slice(start, start + listSize).map(({ id }) => id)
    const ofThese = { where: oneOf('role_id', ids), limit: 'all' } as const
    for (const { role_id: role, parent_id: parent } of await storage.find(roleParents, ofThese)) {
      children.set(parent, [...(children.get(parent) ?? []), role])
    }
    for (const { role_id: role } of await storage.find(rolePermissions, ofThese)) granted.add(role)
  }
  // A set is walked to its end, also through what is added meanwhile.
  for (const role of granted) for (const child of children.get(role) ?? []) granted.add(child)
  return rows.filter(({ id, bypass }) => !bypass && !granted.has(id)).map(({ label }) => label)
}
