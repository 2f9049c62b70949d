// For code that loads when it is first needed itself: an entry point of its own, so that it does not load with the other one.
export {
  type DefinitionChange,
  type FieldChange,
  type ParsedChange,
  parseChange,
  sameDefinition,
} from '../definition/change-definition.js'
export { definitionOf } from '../definition/definition-of.js'
export { mailPlaceholders, placeholderPattern } from '../definition/mail-texts.js'
export { type ParsedDefinition, parseDefinition } from '../definition/parse-definition.js'
export { meetsSignInRule, readSignInRule } from '../definition/read-sign-in-rule.js'
export { type FieldRename, formerNameOf, newNameOf } from '../definition/rename-fields.js'
export { type SettingName, settingNames } from '../definition/setting-names.js'
export {
  changedSettings,
  checkSignIn,
  mergeSettings,
  type ParsedSettings,
  type PresentedSettings,
  parseSettings,
  presentSettings,
} from '../definition/setting-values.js'
export { isKeyOf, isUnique, keyUnderName } from '../field/keys.js'
export { type ListField, type ListKind, listFields } from '../list/list-field.js'
export {
  type FilterOperator,
  filterOperators,
  type ListPart,
  type ListPlace,
  type RecordFilter,
  type RecordListQuery,
  type RecordOrder,
} from '../list/list-query.js'
export {
  countRecordList,
  isPlaceOf,
  type ParsedRecordList,
  parseRecordList,
  type RecordList,
  type RecordPage,
  readRecordList,
} from '../list/record-list.js'
export { type MappedRecords, mappedRecords } from '../record/mapped-records.js'
export { type IsUnfit, isNarrower, storedDefault, unfitnessOf } from '../record/unfit.js'
export { checkRules, type RulesCheck } from '../rules/check-rules.js'
export { decideRule, type RecordCaller, type RuleOutcome } from '../rules/decide-rule.js'
export { permissionsInRules, principalsInRules, unfitRules } from '../rules/references.js'
export { isPlainObject } from '../value/plain-object.js'
export { isRecordId } from '../value/record-id.js'
