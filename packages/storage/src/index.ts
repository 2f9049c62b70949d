export { bindParam, checkCondition, type ParamUse } from './codec/condition.js'
export { type CheckedConflict, checkConflict } from './codec/conflict.js'
export { checkInclude, type Field, type Joined, maximumJoins, resolveField } from './codec/field.js'
export { type AnyFindQuery, type CheckedFind, type CheckedOrder, checkFind, checkFindOne } from './codec/find.js'
export { encodeJson } from './codec/json.js'
export { isPossible, physicalName } from './codec/mapped.js'
export { type CheckedPatch, type ClockValue, checkPatch, isClockValue } from './codec/patch.js'
export { checkRow } from './codec/row.js'
export type { StoredRow, StoredValue } from './codec/stored.js'
export { checkKind, checkValue } from './codec/value.js'
export { checkWhere } from './codec/where.js'
export { checkMigrateOptions } from './contract/check-migrate-options.js'
export type { Finding, StorageExamination } from './contract/examination.js'
export type { MigrateOptions, MigrationReport, MigrationStep, SchemaProblem } from './contract/migration.js'
export type {
  FindOneQuery,
  FindQuery,
  Found,
  Include,
  InsertOptions,
  OnConflict,
  Order,
  Params,
  Patch,
  UpdateQuery,
} from './contract/query.js'
export type { StatementEvent } from './contract/statement-event.js'
export type { Storage, StorageOperations } from './contract/storage.js'
export {
  boolean,
  type Column,
  type ColumnKind,
  double,
  integer,
  json,
  longText,
  type MappedColumn,
  type MappedType,
  mapped,
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
  type Mirrors,
  type NewRowOf,
  type RowOf,
  type Table,
  type TableReference,
} from './schema/table.js'
export {
  apiKeys,
  audit,
  authz,
  collections,
  credentials,
  devices,
  factors,
  identifiers,
  identities,
  keys,
  limits,
  outbox,
  permissions,
  principals,
  roleAssignments,
  roleParents,
  rolePermissions,
  roles,
  sessions,
  settings,
  sshKeys,
  systemTables,
  verifications,
} from './schema/tables.js'
