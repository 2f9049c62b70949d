import type { AnyCollection } from '@cardea/collections'
import type { Finding, Table } from '@cardea/storage'
import type { CardeaOptions } from '../options/options.js'
import { declaredRoles } from '../services/declared-policy.js'
import type { Services } from '../services/services.js'
import { fillIn, findMissingValues, recordsLack } from '../setup/missing-values.js'
import { tablesDefinedAtRunTime } from '../setup/run-time-tables.js'
import { findUnusableTables } from '../users/ownership.js'
import { examineDatabase, examineSchema } from './database.js'
import { examineDrift } from './drift.js'
import { explain } from './explain.js'
import { examineLeftovers } from './leftovers.js'
import { examinePolicyLeftovers } from './policy-leftovers.js'
import { examineSealed } from './sealed.js'
import { examineSettings } from './settings.js'
import { examineSigningKeys } from './signing-keys.js'

/** What was looked at, one after the other. */
export interface DoctorReport {
  readonly checks: readonly Finding[]
}

/** Looks at all that an instance needs. Writes nothing, and throws nothing that a check could say. */
export async function examineInstance(
  services: Services,
  options: CardeaOptions<readonly AnyCollection[], string>,
  tables: readonly Table[],
): Promise<DoctorReport> {
  const settings = examineSettings(options, services.config)
  const { answers, findings } = await examineDatabase(services)
  if (!answers) return { checks: [...settings, ...findings] }
  const own = await examineSchema(services, tables)
  const defined = own.some(({ status }) => status === 'problem') ? [] : await examineDefined(services)
  const schema = [...own, ...defined]
  const migrated = schema.every(({ status }) => status !== 'problem')
  const keys = migrated ? [...(await examineSigningKeys(services)), ...(await examineSealed(services, options))] : []
  const policy = migrated
    ? [...(await examinePolicy(services, options)), ...(await examinePolicyLeftovers(services))]
    : []
  const leftovers = migrated ? await examineLeftovers(services) : []
  const values = migrated ? await examineValues(services) : []
  const drift = migrated ? await examineDrift(services) : []
  const ownership = await examineOwnership(services)
  const ofTables = [...schema, ...leftovers, ...values, ...drift]
  return { checks: [...settings, ...findings, ...ofTables, ...keys, ...policy, ...ownership] }
}

/** The tables of collections that were defined at run time. */
async function examineDefined(services: Services): Promise<readonly Finding[]> {
  try {
    const tables = tablesDefinedAtRunTime(await services.collections.latest())
    return tables.length === 0 ? [] : await examineSchema(services, tables, 'collections of run time')
  } catch (error) {
    return [{ name: 'collections of run time', status: 'problem', ...explain(error) }]
  }
}

/** Values that records of collections in code lack. Those of collections of run time were looked at before they were changed. */
async function examineValues(services: Services): Promise<readonly Finding[]> {
  const name = 'required fields'
  try {
    const missing = await findMissingValues(services)
    return missing.map((each) => ({ name, status: 'warning', message: recordsLack(each), advice: fillIn }))
  } catch (error) {
    return [{ name, status: 'problem', ...explain(error) }]
  }
}

/** The app's own tables whose rows belong to users. */
async function examineOwnership(services: Services): Promise<readonly Finding[]> {
  if (services.ownership.length === 0) return []
  try {
    const unusable = await findUnusableTables(services)
    const advice = 'make the table, or correct `ownership`: until then no user can be deleted with its rows reassigned'
    const problems = unusable.map(({ message }) => ({ name: 'ownership', status: 'problem', message, advice }) as const)
    const message = `all ${services.ownership.length} tables of it are there`
    return problems.length > 0 ? problems : [{ name: 'ownership', status: 'ok', message }]
  } catch (error) {
    return [{ name: 'ownership', status: 'problem', ...explain(error) }]
  }
}

async function examinePolicy(
  { policy, defaultRole }: Services,
  { roles }: CardeaOptions<readonly AnyCollection[], string>,
): Promise<readonly Finding[]> {
  try {
    // Declared roles are in the database after the first start only.
    const declared = declaredRoles(roles).declarations.some(({ label }) => label === defaultRole)
    const known = defaultRole === undefined || declared || (await policy.findRole(defaultRole)) !== undefined
    return [...(known ? [] : [unknownDefaultRole]), (await policy.hasBypassHolder()) ? hasAdmin : noAdmin]
  } catch (error) {
    return [{ name: 'roles', status: 'problem', ...explain(error) }]
  }
}

const unknownDefaultRole: Finding = {
  name: 'default role',
  status: 'problem',
  message: 'no role has the name that `defaultRole` says',
  advice: 'declare it with defineRoles',
}

const hasAdmin: Finding = { name: 'admin', status: 'ok', message: 'there is one' }

const noAdmin: Finding = {
  name: 'admin',
  status: 'warning',
  message: 'there is none: whoever has the set-up code of the log can become it',
  advice: 'make one with `npx cardea admin create --email …`',
}
