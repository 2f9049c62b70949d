export {
  type AuthSettings,
  authSettings,
  type ChangedSettings,
  type InheritedSettings,
  identityFields,
  type MailTextSettings,
  type StorableSettings,
} from './definition/auth-settings.js'
export { checkInheritedSettings, checkStoredSettings } from './definition/check-inherited-settings.js'
export {
  type AnyCollection,
  type AuthCollection,
  type AuthOptions,
  type Collection,
  type CollectionDefinition,
  type CollectionType,
  type FieldsOf,
  isAuthCollection,
  type LifetimeSettings,
  type MappedDefinition,
  type MfaSettings,
  type OAuthSettings,
  type OtpSettings,
  type PasswordSettings,
  type SignInSettings,
} from './definition/collection.js'
export { builtInUsers, defineCollection } from './definition/define-collection.js'
export { hasColumn, isMapped, type Mapped } from './definition/mapped.js'
export type { CollectionMapping, ColumnOption, ColumnType, MappedTo, RecordIdType } from './definition/mapping.js'
export { isCollectionName } from './definition/names.js'
export { permissionsOf, type RecordOperation } from './definition/permissions.js'
export {
  type CollectionRegistry,
  collectionRegistry,
  type RegistryOptions,
  relationsOf,
} from './definition/registry.js'
export type { SignInComparison, SignInConditions, SignInRule, SystemFieldName } from './definition/sign-in-rule.js'
export { defineStored, type StoredDefinition } from './definition/stored-definition.js'
export { collectionTable, type TableOptions, tableName } from './definition/table.js'
export type { UsersFields } from './definition/users-fields.js'
export {
  bool,
  type DateOptions,
  type DefaultOption,
  date,
  email,
  type FieldOptions,
  type JsonOptions,
  json,
  type NumberOptions,
  number,
  relation,
  select,
  type TextOptions,
  text,
  type UniqueOptions,
  type UrlOptions,
  url,
} from './field/builders.js'
export type {
  AnyField,
  BoolField,
  DateField,
  EmailField,
  Field,
  Fields,
  JsonField,
  NumberField,
  RelationField,
  SelectField,
  TextField,
  UrlField,
} from './field/field.js'
export type { JsonContent, JsonObject, JsonValue } from './field/json.js'
export {
  type NewValues,
  type Parsed,
  type ParsedAccount,
  type ParsedRegistration,
  type ParseOptions,
  type PatchValues,
  parseAccount,
  parseNew,
  parsePatch,
  parseRegistration,
} from './record/parse.js'
export type { CollectionRow } from './record/present.js'
export type { InferFields, NewInput, PatchInput, ReadonlyInput, RecordOf, RegisterInput } from './record/record.js'
export { createRecords, type NewRecord, type Records, type RecordsDeps } from './record/records.js'
export { anyOf, authenticated, owner, permission } from './rules/builders.js'
export type { CheckedRule, CheckedRules, RecordRule, RecordRules, RuleOperation, SingleRule } from './rules/rule.js'
export type { ColumnValue } from './value/column-value.js'
export { formatInstant, parseInstant } from './value/instant.js'
