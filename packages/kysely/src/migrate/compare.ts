import type { LiveColumn, LiveForeignKey, LiveTable } from './live.js'
import type { IndexSpec, SchemaDialect } from './schema-dialect.js'
import type { ColumnSpec, TableSpec } from './spec.js'

/** Whether something is in the database: not at all, as it is wanted, or otherwise, and then how. */
export type Presence = 'absent' | 'same' | { readonly difference: string }

/** Whether a table is there with exactly these columns, keys and references. Its indexes are looked for one by one. */
export function findTable(dialect: SchemaDialect, live: LiveTable | undefined, spec: TableSpec): Presence {
  if (live === undefined) return 'absent'
  for (const name of live.columns.keys()) {
    if (!Object.hasOwn(spec.columns, name)) return different(`has a column ${name}`)
  }
  for (const [name, column] of Object.entries(spec.columns)) {
    const presence = findColumn(dialect, live, name, column)
    if (presence === 'absent') return different(`lacks the column ${name}`)
    if (presence !== 'same') return presence
  }
  if (live.primaryKey.join() !== spec.primaryKey.join()) {
    return different(`has the primary key (${live.primaryKey.join(', ')})`)
  }
  return 'same'
}

export function findColumn(
  dialect: SchemaDialect,
  live: LiveTable | undefined,
  name: string,
  spec: ColumnSpec,
): Presence {
  const present = live?.columns.get(name)
  if (live === undefined || present === undefined) return 'absent'
  const wanted = dialect.liveColumn(spec)
  const aspect = (['type', 'nullable', 'default'] satisfies (keyof LiveColumn)[]).find(
    (key) => present[key] !== wanted[key],
  )
  if (aspect !== undefined) {
    return different(`has a column ${name} whose ${aspect} is ${present[aspect]} instead of ${wanted[aspect]}`)
  }
  const references = live.foreignKeys.filter(({ column }) => column === name).map(described)
  const wantedReferences =
    spec.foreignKey === undefined
      ? []
      : [described({ ...spec.foreignKey, column: name, target: spec.foreignKey.column })]
  if (references.join() !== wantedReferences.join()) {
    return different(`has a column ${name} that refers to ${references.join() || 'nothing'}`)
  }
  return 'same'
}

export function findIndex(live: LiveTable | undefined, index: IndexSpec): Presence {
  const name = live?.indexes.has(index.name) === true ? index.name : index.formerName
  const present = live?.indexes.get(name)
  if (present === undefined) return 'absent'
  if (present.unique === index.unique && present.columns.join() === index.columns.join()) return 'same'
  return different(`has an index ${name} over ${present.unique ? 'unique ' : ''}(${present.columns.join(', ')})`)
}

/** The columns that others have made and that a new row, which names nothing of them, has no value for. */
export const unfilledColumns = ({ columns }: LiveTable, known: Readonly<Record<string, unknown>>): readonly string[] =>
  [...columns]
    .filter(([name, { nullable, default: value }]) => !Object.hasOwn(known, name) && !nullable && value === undefined)
    .map(([name]) => name)

const different = (difference: string): Presence => ({ difference })

const described = ({ table, target, onDelete }: LiveForeignKey): string => `${table}.${target} on delete ${onDelete}`
