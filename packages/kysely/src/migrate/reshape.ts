import { refuse, requireAddable, sameJson } from './plan.js'
import type { Change, ColumnSpec, TableSpec } from './spec.js'

type Reshape = Extract<Change, { readonly kind: 'reshape' }>

/**
 * What has to change for a table to be exactly what is wanted, columns and keys that it no longer has included; undefined
 * when it is. Only what migrations made is taken away.
 *
 * @throws CardeaError `configuration_invalid` for a difference of another kind.
 */
export function planReshape(recorded: TableSpec, wanted: TableSpec): Reshape | undefined {
  const { name } = wanted
  if (wanted.primaryKey.join() !== recorded.primaryKey.join()) throw refuse(`table ${name} has another primary key`)
  const added: Record<string, ColumnSpec> = {}
  const retyped: Record<string, ColumnSpec> = {}
  for (const [column, spec] of Object.entries(wanted.columns)) {
    const present = recorded.columns[column]
    if (present === undefined) {
      requireAddable(`${name}.${column}`, spec)
      added[column] = spec
    } else {
      if (!sameJson(present.foreignKey, spec.foreignKey))
        throw refuse(`column ${name}.${column} has another foreign key`)
      if (present.kind === spec.kind) continue
      if (!isText(present) || !isText(spec)) {
        throw refuse(`column ${name}.${column} is of kind ${present.kind} and cannot become ${spec.kind}`)
      }
      retyped[column] = spec
    }
  }
  const { mirrors: mirrorsBefore = {} } = recorded
  const { mirrors: mirrorsAfter = {} } = wanted
  const mirrors = lacking(mirrorsBefore, mirrorsAfter)
  const droppedMirrors = lacking(mirrorsAfter, mirrorsBefore)
  const change: Reshape = {
    kind: 'reshape',
    columns: added,
    // What earlier versions look for in whatever does not make a table.
    nullable: [],
    retyped,
    unique: lacking(recorded.unique, wanted.unique),
    indexes: lacking(recorded.indexes, wanted.indexes),
    // Only where there are any: earlier versions know nothing of them.
    ...(isEmpty(mirrors) ? {} : { mirrors }),
    dropped: {
      columns: lacking(wanted.columns, recorded.columns),
      unique: lacking(wanted.unique, recorded.unique),
      indexes: lacking(wanted.indexes, recorded.indexes),
      ...(isEmpty(droppedMirrors) ? {} : { mirrors: droppedMirrors }),
    },
  }
  const { dropped } = change
  const keys = [change.unique, change.indexes, dropped.unique, dropped.indexes]
  const parts = [added, retyped, dropped.columns, mirrors, droppedMirrors, ...keys]
  return parts.every(isEmpty) ? undefined : change
}

const isEmpty = (part: object): boolean => Object.keys(part).length === 0

const isText = ({ kind }: ColumnSpec): boolean => kind === 'text' || kind === 'longText'

/** What is in the second and not in the first. */
function lacking<Value>(
  first: Readonly<Record<string, unknown>>,
  second: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(second).filter(([name]) => !Object.hasOwn(first, name)))
}
