import type { AnyField } from './field.js'

/** How values of a field are compared. */
export type ComparedKind = 'text' | 'number' | 'boolean' | 'instant'

/** How values of each type of field are compared; undefined where no two databases do it in the same way. */
export const comparedKinds: Readonly<Record<AnyField['type'], ComparedKind | undefined>> = {
  text: 'text',
  email: 'text',
  url: 'text',
  select: 'text',
  relation: 'text',
  number: 'number',
  bool: 'boolean',
  date: 'instant',
  json: undefined,
}
