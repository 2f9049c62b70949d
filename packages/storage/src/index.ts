export type { MigrationReport, MigrationStep, SchemaProblem } from './contract/migration.js'
export type {
  FindOneQuery,
  FindQuery,
  Found,
  Include,
  OnConflict,
  Order,
  Params,
  Patch,
  UpdateQuery,
} from './contract/query.js'
export type { Storage, StorageOperations } from './contract/storage.js'
export {
  boolean,
  type Column,
  type ColumnKind,
  double,
  integer,
  json,
  longText,
  nullable,
  type OnDelete,
  references,
  text,
  withDefault,
} from './schema/column.js'
export {
  type AfterDelete,
  type Columns,
  defineTable,
  type NewRowOf,
  type RowOf,
  type Table,
  type TableReference,
} from './schema/table.js'
export {
  authz,
  credentials,
  identifiers,
  permissions,
  principals,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles,
  sessions,
  systemTables,
} from './schema/tables.js'
