import type { AnyField, AuthCollection } from '@cardea/collections'
import { isRow, jsonOf, member, type NeutralIdentity, type Row, type RowReader } from '../neutral-user.js'
import { issue } from '../refusal.js'
import { unescapeCell } from '../write-csv.js'

/** What is in a file beside fields. What an export says of ids and the time of the last change is not taken over. */
const known: ReadonlySet<string> = new Set([
  'id',
  'email',
  'verified',
  'password_hash',
  'created_at',
  'updated_at',
  'status',
  'role',
  'role_id',
  'roles',
  'identities',
])

/** Reads Cardea's own records, as an export writes them. */
export function readOwn(
  collection: AuthCollection,
  { ignore, mapped }: { readonly ignore: readonly string[]; readonly mapped: readonly string[] },
): RowReader {
  const left: ReadonlySet<string> = new Set([...ignore, ...mapped])
  return (row) => {
    const names = Object.keys(row).filter((name) => !known.has(name) && !left.has(name))
    const isField = (name: string): boolean => Object.hasOwn(collection.fields, name)
    const status = member(row, 'status')
    if (status !== undefined && status !== 'active' && status !== 'disabled') {
      return { issues: issue('status', 'invalid_value', 'must be active or disabled') }
    }
    const identities = member(row, 'identities') ?? []
    if (!Array.isArray(identities) || !identities.every(isRow)) {
      return { issues: issue('identities', 'invalid_type', 'must be a list of objects') }
    }
    return {
      email: member(row, 'email'),
      verified: member(row, 'verified'),
      passwordHash: member(row, 'password_hash'),
      createdAt: member(row, 'created_at'),
      disabled: status === 'disabled',
      roles: member(row, 'roles'),
      identities: identities.map(toIdentity),
      fields: Object.fromEntries(names.filter(isField).map((name) => [name, row[name]])),
      unknown: names.filter((name) => !isField(name)),
    }
  }
}

const toIdentity = (value: unknown): NeutralIdentity => ({
  provider: member(value, 'provider'),
  subject: member(value, 'subject'),
  email: member(value, 'email'),
})

/** The same of a CSV file, where all values are texts. */
export function fromCells(row: Row): Row {
  const cells = Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? unescapeCell(value) : value]),
  )
  const roles = cells['roles']
  return {
    ...cells,
    ...(Object.hasOwn(cells, 'verified') ? { verified: truthOf(cells['verified']) } : {}),
    ...(typeof roles === 'string' ? { roles: roles.split(';').map((role) => role.trim()) } : {}),
    ...(Object.hasOwn(cells, 'identities') ? { identities: jsonOf(cells['identities']) ?? null } : {}),
  }
}

const truthOf = (value: unknown): unknown => (value === 'true' ? true : value === 'false' ? false : value)

/** What a text of a cell is as a value of a field; what it cannot be stays a text, which is refused as such. */
export function valueOfCell(field: AnyField | undefined, value: unknown): unknown {
  if (typeof value !== 'string' || field === undefined) return value
  if (field.type === 'bool') return truthOf(value)
  if (field.type === 'json') return jsonOf(value) ?? value
  if (field.type !== 'number' || !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu.test(value)) return value
  return Number(value)
}
