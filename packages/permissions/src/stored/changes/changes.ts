// What administrators do and ask. It loads with the first use of any of it, as one module.
export { listBypassHolders } from '../bypass-holders.js'
export { whoCan } from '../who-can.js'
export { assertCoversAll } from './actor-rights.js'
export { assignmentsOf, countAssignments, findAssignment, listAssignments } from './assignment-queries.js'
export { assertAssignable, assign, assignNew, removeAssignment, unassign } from './assignments.js'
export { countGrants, findGrant, grantsOf, listGrants } from './grant-queries.js'
export { grant, revoke } from './grants.js'
export {
  addPermissions,
  createPermission,
  deletePermission,
  findPermission,
  listPermissions,
  removePermissions,
  updatePermission,
} from './permissions.js'
export { prunePolicy } from './prune.js'
export { findRole, listRoles } from './role-queries.js'
export { createRole, deleteRole } from './roles.js'
export { updateRole } from './update-role.js'
