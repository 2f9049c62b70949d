export type { AssignmentScope } from './assignment-scope.js'
export type { PolicyLogger, PolicyStorage, StoredPolicyDeps } from './context.js'
export { createStoredPolicy } from './create-stored-policy.js'
export type { Page } from './page.js'
export type {
  AssignmentFilter,
  GrantFilter,
  GrantRecord,
  NewPermission,
  NewRole,
  PermissionChanges,
  PermissionRecord,
  PruneReport,
  RoleAssignment,
  RoleChanges,
  RoleRecord,
} from './records.js'
export type {
  Actor,
  AssignOptions,
  ChangeOptions,
  GrantOptions,
  StoredPolicy,
  TenantOptions,
  UnassignOptions,
} from './stored-policy.js'
export type { SubjectOptions } from './subjects.js'
export type { MinimumVersion, SeenVersions } from './versions.js'
export type { WhoCanOptions, WhoCanPage } from './who-can.js'
export type { PrincipalWith } from './who-can-holders.js'
