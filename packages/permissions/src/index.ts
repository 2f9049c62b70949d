export {
  type Catalogue,
  definePermissions,
  type LabelOf,
  mergePermissions,
  type PermissionEntry,
  type PermissionOf,
  type PermissionPattern,
  type ResourceOperations,
} from './catalogue/define-permissions.js'
export {
  coversPattern,
  isPermissionLabel,
  isWildcard,
  type OperationOf,
  type ParsedPattern,
  type PatternOf,
  parsePattern,
  type ResourceOf,
} from './catalogue/permission-label.js'
export { type FieldOf, type NoRows, type ObjectOf, type RowType, row } from './catalogue/row-types.js'
export { administrationPermissions, extensionPermissions, sdkPermissions } from './catalogue/sdk-permissions.js'
export { own } from './condition/own.js'
export {
  type CompiledPolicy,
  type CompileOptions,
  compilePolicy,
  type SubjectInput,
} from './engine/compile-policy.js'
export { declaredPolicy } from './engine/declared-policy.js'
export type { Explanation, Reason, ReasonScope } from './engine/explanation.js'
export type { Assignment, PolicySnapshot, RoleSnapshot } from './engine/policy-snapshot.js'
export type { RoleWith } from './engine/roles-with.js'
export type { Subject } from './engine/subject.js'
export { subjectFromSnapshot } from './engine/subject-from-snapshot.js'
export type { SnapshotGrant, SubjectSnapshot } from './engine/subject-snapshot.js'
export type { Circumstances, Decision, HeldRole } from './engine/terms.js'
export { builtInRoles } from './roles/built-in-roles.js'
export {
  type ConditionalGrantOption,
  defineRoles,
  type GrantOption,
  mergeRoles,
  type RoleDeclaration,
  type RoleOf,
  type RoleOptions,
  type Roles,
  type RolesOptions,
} from './roles/define-roles.js'
export type { Effect, Grant } from './roles/grant.js'
export { type RoleInHierarchy, type SeparationOfDuty, violatedConstraint } from './roles/separation-of-duty.js'
