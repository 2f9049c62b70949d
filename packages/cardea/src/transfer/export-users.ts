import type { AuthCollection } from '@cardea/collections'
import { CardeaError, oneOf } from '@cardea/core'
import { credentials, identities } from '@cardea/storage'
import { principalIdOf } from '../accounts/principal-of.js'
import { askedBy } from '../administration/asked-by.js'
import type { ExportOptions } from '../api/transfer.js'
import type { ListPlace } from '../api/users.js'
import { usersName } from '../options/users-name.js'
import type { Services } from '../services/services.js'
import { actWithin, admit, requireLiving } from '../users/actor.js'
import { listUsersWithRoles } from '../users/list-users.js'
import { permissionOn } from '../users/permission.js'
import type { Row } from './neutral-user.js'
import { parseExportOptions } from './parse-options.js'
import { csvRecord, escapeCell } from './write-csv.js'

/** How many users are in memory at once. */
const pageSize = 500

/** Writes all users of a collection, page by page: what changes meanwhile may be in it or not, but nobody is in it twice. */
export async function* exportUsers(
  services: Services,
  collection: AuthCollection,
  input: ExportOptions,
): AsyncGenerator<string> {
  const { format, withPasswordHashes, filter, search, by: caller } = parseExportOptions(input)
  if (caller !== undefined && withPasswordHashes) {
    throw new CardeaError('forbidden', 'Password hashes are for the code of the app alone.')
  }
  const by = await admit(services, caller)
  const columns = columnsOf(collection, withPasswordHashes)
  let users = 0
  let after: ListPlace | undefined
  try {
    let isFirst = true
    for (;;) {
      if (by !== undefined && after !== undefined) await requireLiving(services, by)
      if (by !== undefined) await actWithin(services, services.storage, by, permissionOn(collection, 'read'))
      const query = { filter, search, limit: pageSize, after }
      const { items, next } = await listUsersWithRoles(services, collection, query, pageSize)
      const rows = await complete(
        services,
        items.map(({ user }) => user),
        withPasswordHashes,
      )
      const header = isFirst && format === 'csv' ? csvRecord(columns) : ''
      isFirst = false
      const text = rows.map((row) => (format === 'csv' ? toCsv(columns, row) : `${JSON.stringify(row)}\n`)).join('')
      users += rows.length
      if (header + text !== '') yield header + text
      if (next === null) return
      after = next
    }
  } finally {
    // Also where whoever reads has had enough, or may read no more.
    if (users > 0) {
      const about = { at: services.clock(), collection: collection.name, principalId: null, ...askedBy(by, null) }
      services.emit({ type: 'users.exported', users, ...about })
    }
  }
}

function columnsOf(collection: AuthCollection, withPasswordHashes: boolean): readonly string[] {
  const fields = Object.entries(collection.fields).flatMap(([name, { hidden }]) => (hidden === true ? [] : [name]))
  return [
    'id',
    'email',
    'verified',
    ...fields,
    'created_at',
    'updated_at',
    'status',
    ...(collection.name === usersName ? ['roles'] : []),
    'identities',
    ...(withPasswordHashes ? ['password_hash'] : []),
  ]
}

/** Adds accounts at providers, and password hashes where they are wanted: a statement for each. */
async function complete(services: Services, users: readonly Row[], withHashes: boolean): Promise<readonly Row[]> {
  const { storage, passwords } = services
  const ids = users.map(principalIdOf)
  if (ids.length === 0) return []
  const query = { where: oneOf('principal_id', ids), limit: 'all' } as const
  const [links, hashes] = await Promise.all([
    storage.find(identities, query),
    withHashes ? storage.find(credentials, query) : [],
  ])
  const linksById = Map.groupBy(links, ({ principal_id: id }) => id)
  const hashById = new Map(hashes.map(({ principal_id: id, hash }) => [id, hash]))
  return users.map((user, index) => {
    const id = ids[index] ?? ''
    const { role: _label, role_id: _id, principal_id: _principal, ...shown } = user
    const stored = hashById.get(id)
    return {
      ...shown,
      identities: (linksById.get(id) ?? []).map(({ provider, subject, email }) => ({ provider, subject, email })),
      ...(withHashes
        ? { password_hash: stored === undefined ? null : passwords.reveal({ principalId: id, hash: stored }) }
        : {}),
    }
  })
}

const toCsv = (columns: readonly string[], row: Row): string =>
  csvRecord(columns.map((name) => cellOf(name, row[name])))

function cellOf(name: string, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return escapeCell(value)
  // Labels of roles hold no semicolon.
  if (name === 'roles' && Array.isArray(value)) return escapeCell(value.join(';'))
  return escapeCell(JSON.stringify(value))
}
