import type { Column } from '@cardea/storage'

/** Types, as the database calls them in lower case, and an example for people. */
export interface Mappable {
  readonly pattern: RegExp
  readonly wanted: string
}

/** What a column of a table that the app has made can be. */
export type MappableTypes = Readonly<
  Record<
    'text' | 'uuid' | 'integer' | 'milliseconds' | 'timestamp' | 'datetime' | 'double' | 'boolean' | 'json',
    Mappable
  >
>

/** The types that a column can have. */
export function mappableOf(types: MappableTypes, { kind, mapped }: Column): Mappable {
  const type = mapped?.type ?? 'plain'
  if (type !== 'plain') return types[type]
  if (kind === 'integer') return types.milliseconds
  return kind === 'longText' ? types.text : types[kind]
}
