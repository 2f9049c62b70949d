import type { Finding } from '@cardea/storage'
import type { Services } from '../services/services.js'
import { tablesDefinedAtRunTime } from '../setup/run-time-tables.js'

const name = 'leftovers'

/**
 * What migrations made of collections' tables and no definition has any more. In code a field that was renamed looks the same
 * as one that was dropped, so nothing is guessed: both ways out are named.
 */
export async function examineLeftovers({ storage, collections }: Services): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const table of collections.code.registry.tables()) {
    for (const [what, statements] of await findLeftovers(storage, [table])) {
      const drop = statements.filter((sql) => sql !== '').join('; ')
      findings.push({
        name,
        status: 'warning',
        message: `${what} is there, but the code does not define it`,
        advice: `if newer code has it, nothing is to be done. If a field was renamed, copy its values to the new column. Once no node needs it, drop it${drop === '' ? '' : `: ${drop}`}`,
      })
    }
  }
  const stored = tablesDefinedAtRunTime(collections.current)
  for (const [what] of await findLeftovers(storage, stored)) {
    findings.push({
      name,
      status: 'warning',
      message: `${what} is left of a change that broke off, unless one is just being made`,
      advice: 'run `npx cardea migrate`, or send the change again',
    })
  }
  return findings
}

/** What an exact migration would drop, with the statements. Tables that cannot be migrated are found elsewhere. */
async function findLeftovers(
  storage: Services['storage'],
  tables: Parameters<Services['storage']['migrate']>[0],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  if (tables.length === 0) return found
  const report = await storage.migrate(tables, { dryRun: true, exact: true }).catch(() => undefined)
  for (const { summary, sql } of report?.steps ?? []) {
    if (!summary.startsWith('drop ')) continue
    const what = summary.slice('drop '.length)
    found.set(what, [...(found.get(what) ?? []), sql])
  }
  return found
}
