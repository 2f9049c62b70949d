import { isCardeaError } from '@cardea/core'
import type { MigrationStep, Table } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { claimChange, releaseClaim } from './claim-change.js'
import { moveLateKinds } from './rename-fields.js'
import { identifiersOf } from './rows-in-the-way.js'

/**
 * Puts away what changes of collections have left in their tables that broke off, so that each is what its definition says, and
 * everybody signs in by the names that fields have now.
 * One that is just being changed is left to whoever does that.
 *
 * @returns The steps that were done, or would be.
 */
export async function finishChanges(
  services: Services,
  tables: readonly Table[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly MigrationStep[]> {
  const { storage, collections } = services
  const { steps } = await storage.migrate(tables, { dryRun: true, exact: true })
  if (dryRun) return steps
  const done: MigrationStep[] = []
  for (const { collection, system, formerNames } of collections.current.infos.values()) {
    const mayHaveLate = identifiersOf(collection).some((name) => formerNames[name] !== undefined)
    if (steps.length === 0 && !mayHaveLate) continue
    if (system || !tables.includes(collections.table(collection))) continue
    const claim = await claimChange(services, collection.name).catch((error: unknown) => {
      if (isCardeaError(error, 'conflict') || isCardeaError(error, 'not_found')) return undefined
      throw error
    })
    if (claim === undefined) continue
    try {
      const current = (await collections.latest()).registry.get(collection.name)
      if (current === undefined) continue
      const report = await storage.migrate([collections.table(current)], { exact: true })
      done.push(...report.steps)
      await moveLateKinds(services, current, collections.current.infos.get(current.name)?.formerNames ?? {})
    } finally {
      await releaseClaim(services, claim)
    }
  }
  return done
}
