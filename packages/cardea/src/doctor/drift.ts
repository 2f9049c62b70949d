import { type AuthCollection, isAuthCollection, isMapped } from '@cardea/collections'
import type { Finding } from '@cardea/storage'
import type { RefusedRow } from '../api/mapping.js'
import { syncCollection } from '../mapped/sync.js'
import type { Services } from '../services/services.js'
import { explain } from './explain.js'

/** How tables of the app and the principals of their rows have come apart. Every row is read. */
export async function examineDrift(services: Services): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const collection of services.collections.code.registry.list()) {
    if (isMapped(collection) && isAuthCollection(collection)) findings.push(...(await driftOf(services, collection)))
  }
  return findings
}

async function driftOf(services: Services, collection: AuthCollection): Promise<readonly Finding[]> {
  const name = `mapped table of ${collection.name}`
  const taken: RefusedRow[] = []
  const others: RefusedRow[] = []
  const onRefused = (row: RefusedRow): void => {
    const list = row.issues.some(({ code }) => code === 'taken') ? taken : others
    // Of a large table, some are enough.
    if (list.length < mostNamed + 1) list.push(row)
    counts[list === taken ? 'taken' : 'others'] += 1
  }
  const counts = { taken: 0, others: 0 }
  try {
    const { adopted, changed, disabled } = await syncCollection(services, collection, { dryRun: true, onRefused })
    const found = [
      ...drift(adopted, 'rows have no principal yet', `adopt them: auth.collections.${collection.name}.sync()`),
      ...drift(
        changed,
        'rows have another address, or another name to sign in by, than their principals',
        sync(collection),
      ),
      ...drift(disabled, 'principals are active whose rows are gone', sync(collection)),
      ...drift(
        counts.taken,
        `rows have an address that another one has (${idsOf(taken)})`,
        'give each an address of its own',
      ),
      ...drift(counts.others, `rows can have no principal (${idsOf(others)})`, 'mend their ids and addresses'),
    ]
    if (found.length === 0) return [{ name, status: 'ok', message: 'rows and principals agree' }]
    return found.map((finding): Finding => ({ name, status: 'warning', ...finding }))
  } catch (error) {
    return [{ name, status: 'problem', ...explain(error) }]
  }
}

const mostNamed = 5

const sync = ({ name }: AuthCollection): string =>
  `bring them in line: auth.collections.${name}.sync(), and regularly where others write into the table`

const drift = (count: number, what: string, advice: string): readonly Pick<Finding, 'message' | 'advice'>[] =>
  count === 0 ? [] : [{ message: `${count} ${what}`, advice }]

const idsOf = (rows: readonly RefusedRow[]): string =>
  `${rows
    .slice(0, mostNamed)
    .map(({ id }) => JSON.stringify(id))
    .join(', ')}${rows.length > mostNamed ? ', …' : ''}`
