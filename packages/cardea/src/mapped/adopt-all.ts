import type { AuthCollection } from '@cardea/collections'
import { isCardeaError } from '@cardea/core'
import type { Services } from '../services/services.js'
import { type Adoption, type AdoptionOptions, adoptBatch } from './adopt-batch.js'
import type { Candidate } from './candidate.js'

/** How often rows are tried whose identifiers somebody else takes at the same moment. */
const mostTries = 3

/** Adopts rows in one transaction, and tells of it. */
export async function runAdoption(
  services: Services,
  collection: AuthCollection,
  candidates: readonly Candidate[],
  options: Pick<AdoptionOptions, 'provesNothing'> = {},
): Promise<readonly Adoption[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      const adoptions = await services.storage.transaction((transaction) =>
        adoptBatch(services, transaction, collection, candidates, options),
      )
      tellOf(services, collection, adoptions)
      return adoptions
    } catch (error) {
      const wasTaken = ['email_taken', 'username_taken', 'conflict'] as const
      if (tries === mostTries || !wasTaken.some((code) => isCardeaError(error, code))) throw error
    }
  }
}

function tellOf(services: Services, collection: AuthCollection, adoptions: readonly Adoption[]): void {
  const about = { at: services.clock(), collection: collection.name }
  const adopted = adoptions.filter(({ outcome }) => outcome === 'adopted')
  if (adopted.length > 0) {
    const [only] = adopted
    const principalId = adopted.length === 1 && only?.outcome === 'adopted' ? only.principalId : null
    services.emit({ type: 'users.adopted', ...about, principalId, users: adopted.length })
  }
  for (const adoption of adoptions) {
    if (adoption.outcome !== 'changed') continue
    const { principalId } = adoption
    for (const kind of adoption.changed) {
      if (kind === 'email') services.emit({ type: 'email.changed', ...about, principalId })
      else services.emit({ type: 'identifier.changed', ...about, principalId, reason: kind })
    }
  }
}
