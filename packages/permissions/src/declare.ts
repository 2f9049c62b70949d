// What code declares: permissions and roles, without the engine that answers questions about them.
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
