export type { FilterDialect } from './dialect-of.js'
export {
  type FilterColumnKind,
  type FilterColumns,
  type FilterColumnsOf,
  type FilterKindOf,
  type FilterRow,
  type FilterTable,
  filterColumns,
  type NamedFilterColumn,
} from './filter-columns.js'
export { toExpression } from './to-expression.js'
