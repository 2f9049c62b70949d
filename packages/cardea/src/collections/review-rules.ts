import type { AnyCollection } from '@cardea/collections'
import { checkRules, permissionsInRules, unfitRules } from '@cardea/collections/later'
import { CardeaError } from '@cardea/core'
import { listed, named } from '../administration/listed.js'
import type { Services } from '../services/services.js'
import type { CollectionSnapshot } from './collection-snapshot.js'

/** What the rules of records need of permissions, each with where. */
export function neededByRules(collections: readonly AnyCollection[]): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>()
  for (const collection of collections) {
    for (const { operation, permission } of permissionsInRules(collection)) {
      places.set(permission, [...(places.get(permission) ?? []), `rules.${operation} of ${collection.name}`])
    }
  }
  return places
}

/**
 * Looks at the rules of all collections, at start: each has to be right, and none may be for principals whom there are not. A
 * stored one that is wrong lets nobody in, and keeps no node from starting.
 *
 * @throws CardeaError `configuration_invalid` for a collection of code.
 */
export async function reviewRules(services: Services, { infos, registry }: CollectionSnapshot): Promise<void> {
  for (const { collection, system } of infos.values()) {
    const found = [...checkRules(collection).issues, ...unfitRules(collection, (name) => registry.get(name))]
    const issues = found.map(({ path, ...issue }) => ({
      ...issue,
      path: `${collection.name}.${path}`,
    }))
    if (issues.length === 0) continue
    const message = `collections: ${issues.map((issue) => `${issue.path} ${issue.message}`).join('; ')}`
    if (system) throw new CardeaError('configuration_invalid', message, { issues })
    services.config.logger.warn(message)
  }
  await warnOfRules(services, registry.list())
}

/** Says which permissions rules ask for that nobody declares, so that nobody meets them. */
export async function warnOfRules(services: Services, collections: readonly AnyCollection[]): Promise<void> {
  const { config, declared, policy } = services
  const needed = [...neededByRules(collections)].filter(([label]) => !declared.catalogue.has(label))
  if (needed.length === 0) return
  const stored = new Set((await policy.listPermissions()).map(({ label }) => label))
  const undeclared = needed.filter(([label]) => !stored.has(label))
  if (undeclared.length === 0) return
  const names = undeclared.map(([label, [where = '']]) => `${named(label)} (${named(where)})`)
  config.logger.warn(`Rules ask for permissions that nobody declares, so that nobody can have them: ${listed(names)}.`)
}
