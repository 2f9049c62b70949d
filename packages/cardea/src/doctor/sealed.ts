import { and, type Condition, gte, isNull, lt, not, oneOf } from '@cardea/core'
import type { KeyPurpose } from '@cardea/core/crypto'
import { credentials, type Finding, factors, identities, keys, outbox, type Table } from '@cardea/storage'
import type { CardeaOptions } from '../options/options.js'
import type { Services } from '../services/services.js'
import { rootsIn } from '../setup/secrets.js'
import { explain } from './explain.js'

const name = 'sealed data'

/** A column of texts that `seal` made: `<key id>.<the rest>`. */
interface SealedColumn {
  readonly what: string
  readonly table: Table
  readonly column: string
  readonly purpose: KeyPurpose
  /** What stands before the key id, and only there where it is sealed. */
  readonly prefix?: string
  /** Which rows are meant. Default: all that are sealed. */
  readonly where?: Condition
}

const columns: readonly SealedColumn[] = [
  { what: 'second factors', table: factors, column: 'secret', purpose: 'factor-encryption' },
  // As the pepper of passwords writes them.
  { what: 'passwords', table: credentials, column: 'hash', purpose: 'password-pepper', prefix: '$sealed$' },
  { what: 'tokens of providers', table: identities, column: 'tokens', purpose: 'provider-token-encryption' },
  { what: 'mails to be sent', table: outbox, column: 'payload', purpose: 'outbox-encryption' },
]

/**
 * Whether the secrets open what was sealed, as the key id at the beginning tells: rows are counted and none is read. Without a
 * secret there is nothing to open anything with, which another finding says.
 */
export async function examineSealed(
  services: Services,
  settings: Pick<CardeaOptions<readonly [], string>, 'secret'>,
): Promise<readonly Finding[]> {
  if (rootsIn(settings).length === 0) return []
  try {
    const counts = await Promise.all(
      [...columns, ...(await signingKeys(services))].map((column) => count(services, column)),
    )
    const lost = told(counts.map(({ what, sealed, opened }) => ({ what, rows: sealed - opened })))
    const earlier = told(counts.map(({ what, opened, current }) => ({ what, rows: opened - current })))
    const sealed = counts.reduce((sum, each) => sum + each.sealed, 0)
    const message = sealed === 0 ? 'there is none' : 'the secret that signs opens all of it'
    return [
      ...(lost === '' ? [] : [lostFinding(lost)]),
      ...(earlier === '' ? [] : [earlierFinding(earlier)]),
      ...(lost === '' && earlier === '' ? [{ name, status: 'ok', message } as const] : []),
    ]
  } catch (error) {
    return [{ name, status: 'problem', ...explain(error) }]
  }
}

/** Those that will sign; whether they can be opened is a finding of their own. */
async function signingKeys({ config, sessions }: Services): Promise<readonly SealedColumn[]> {
  if (config.accessTokenAlgorithm === 'HS256') return []
  const needed = (await sessions.keys.list()).filter(
    ({ state, opens }) => opens && (state === 'signing' || state === 'upcoming'),
  )
  const where = oneOf(
    'id',
    needed.map(({ id }) => id),
  )
  return [{ what: 'signing keys', table: keys, column: 'private_key', purpose: 'signing-key-encryption', where }]
}

interface Counts {
  readonly what: string
  readonly sealed: number
  /** Of these, with a key of one of the secrets, and with that of the first. */
  readonly opened: number
  readonly current: number
}

async function count({ keyring, storage }: Services, column: SealedColumn): Promise<Counts> {
  const { what, table, column: field, purpose, prefix = '' } = column
  const counted = async (condition: Condition): Promise<number> =>
    await storage.count(table, column.where === undefined ? condition : and(column.where, condition))
  const sealed = await counted(prefix === '' ? not(isNull(field)) : startsWith(field, prefix))
  const byKey: number[] = []
  if (sealed > 0) {
    // A secret may be listed twice.
    for (const id of new Set(keyring.all(purpose).map((key) => key.id)))
      byKey.push(await counted(startsWith(field, `${prefix}${id}.`)))
  }
  return { what, sealed, opened: byKey.reduce((sum, rows) => sum + rows, 0), current: byKey[0] ?? 0 }
}

/** From the prefix on, up to the first text that is greater than all that begin with it: text compares byte by byte. */
function startsWith(field: string, prefix: string): Condition {
  const last = prefix.charCodeAt(prefix.length - 1)
  return and(gte(field, prefix), lt(field, `${prefix.slice(0, -1)}${String.fromCharCode(last + 1)}`))
}

const told = (counts: readonly { readonly what: string; readonly rows: number }[]): string =>
  counts
    .filter(({ rows }) => rows > 0)
    .map(({ what, rows }) => `${what} (${rows})`)
    .join(', ')

const lostFinding = (rows: string): Finding => ({
  name,
  status: 'problem',
  message: `no secret opens ${rows}`,
  advice:
    'add the secret that they were made under to the list in `secret`; where it is lost, they have to be taken away and set up anew',
})

const earlierFinding = (rows: string): Finding => ({
  name,
  status: 'ok',
  message: `an earlier secret of the list opens ${rows}: keep it there as long as this names any`,
})
