// What administrators do. It loads with the first use of any of it, as one module.
export { assign, assignmentsOf, assignNew, unassign } from './assignments.js'
export { grant, grantsOf, revoke } from './grants.js'
export { addPermissions, createPermission, listPermissions } from './permissions.js'
export { createRole, deleteRole, findRole, listRoles } from './roles.js'
