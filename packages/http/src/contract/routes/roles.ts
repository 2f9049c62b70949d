import type { RouteContract } from '../route.js'

/** What clients send along and the server decides: accepted, and ignored. */
const ignored = ['date_created', 'date_modified', 'created_at', 'updated_at'] as const
/** What comes back from clients that send the whole of what they got. The ids must be those of what is changed. */
const ownRole = ['role_id', 'id', 'system_protected', ...ignored] as const
const ownPermission = ['permission_id', 'id', 'system_protected', 'origin', ...ignored] as const

const parts = ['limit', 'offset', 'page', 'per_page', 'cursor', 'sort'] as const
const of = <Field extends string>(...fields: readonly Field[]) =>
  fields.flatMap((field) => [`filter[${field}][eq]`, `filter[${field}][ne]`] as const)
const roleList = [
  ...parts,
  'search',
  'tenant',
  ...of('id', 'role_id', 'label', 'description', 'system_protected'),
] as const
const permissionList = [
  ...parts,
  'search',
  ...of('id', 'permission_id', 'label', 'description', 'system_protected', 'origin'),
] as const
const grantList = [...parts, 'role_id', 'filter[role_id][eq]'] as const
const assignmentList = [...parts, 'user_id', 'role_id', 'filter[user_id][eq]', 'filter[role_id][eq]'] as const

/** Administration is open to whoever has the permission, with a session or an API key, from whichever collection. */
const common = { mount: 'api', credentials: 'any', principals: 'any', limit: 'default', query: [] } as const

/** Roles, permissions, which of them belong together, and who has which. */
export const roleRoutes = {
  listRoles: {
    ...common,
    method: 'GET',
    path: '/roles',
    access: { permission: 'roles:read' },
    query: roleList,
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  createRole: {
    ...common,
    method: 'POST',
    path: '/roles',
    access: { permission: 'roles:create' },
    body: { required: ['label'], optional: ['description', 'inherits', 'tenant', ...ownRole] },
    status: 201,
    errors: ['conflict'],
  },
  showRole: {
    ...common,
    method: 'GET',
    path: '/roles/{id}',
    access: { permission: 'roles:read' },
    body: null,
    status: 200,
    errors: [],
  },
  updateRole: {
    ...common,
    method: 'PUT',
    path: '/roles/{id}',
    access: { permission: 'roles:update' },
    body: { required: [], optional: ['label', 'description', 'inherits', 'tenant', ...ownRole] },
    status: 200,
    errors: ['conflict', 'protected'],
  },
  deleteRole: {
    ...common,
    method: 'DELETE',
    path: '/roles/{id}',
    access: { permission: 'roles:delete' },
    body: null,
    status: 204,
    errors: ['protected', 'role_in_use'],
  },
  listPermissions: {
    ...common,
    method: 'GET',
    path: '/permissions',
    access: { permission: 'permissions:read' },
    query: permissionList,
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  createPermission: {
    ...common,
    method: 'POST',
    path: '/permissions',
    access: { permission: 'permissions:create' },
    body: { required: ['label'], optional: ['description', ...ownPermission] },
    status: 201,
    errors: ['conflict'],
  },
  showPermission: {
    ...common,
    method: 'GET',
    path: '/permissions/{id}',
    access: { permission: 'permissions:read' },
    body: null,
    status: 200,
    errors: [],
  },
  updatePermission: {
    ...common,
    method: 'PUT',
    path: '/permissions/{id}',
    access: { permission: 'permissions:update' },
    body: { required: [], optional: ['label', 'description', ...ownPermission] },
    status: 200,
    errors: ['conflict', 'protected'],
  },
  deletePermission: {
    ...common,
    method: 'DELETE',
    path: '/permissions/{id}',
    access: { permission: 'permissions:delete' },
    body: null,
    status: 204,
    errors: ['conflict', 'protected'],
  },
  listRolePermissions: {
    ...common,
    method: 'GET',
    path: '/role-permissions',
    access: { permission: 'roles:read' },
    query: grantList,
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  addRolePermission: {
    ...common,
    method: 'POST',
    path: '/role-permissions',
    access: { permission: 'roles:create' },
    body: {
      required: [],
      optional: ['role_id', 'role', 'permission_id', 'permission', 'effect', 'condition', 'fields', 'id', ...ignored],
    },
    status: 201,
    errors: ['conflict', 'protected'],
  },
  showRolePermission: {
    ...common,
    method: 'GET',
    path: '/role-permissions/{id}',
    access: { permission: 'roles:read' },
    body: null,
    status: 200,
    errors: [],
  },
  removeRolePermission: {
    ...common,
    method: 'DELETE',
    path: '/role-permissions/{id}',
    access: { permission: 'roles:delete' },
    body: null,
    status: 204,
    errors: ['protected'],
  },
  listPermissionsOfRole: {
    ...common,
    method: 'GET',
    path: '/role-permissions/role/{id}',
    access: { permission: 'roles:read' },
    query: parts,
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  listRoleAssignments: {
    ...common,
    method: 'GET',
    path: '/role-assignments',
    access: { permission: 'users:read' },
    query: assignmentList,
    body: null,
    status: 200,
    answersList: true,
    errors: [],
  },
  addRoleAssignment: {
    ...common,
    method: 'POST',
    path: '/role-assignments',
    access: { permission: 'roles:admin' },
    body: { required: ['user_id'], optional: ['role_id', 'role', 'scope', 'expires_at', 'id', ...ignored] },
    status: 201,
    errors: ['conflict', 'last_admin'],
  },
  showRoleAssignment: {
    ...common,
    method: 'GET',
    path: '/role-assignments/{id}',
    access: { permission: 'users:read' },
    body: null,
    status: 200,
    errors: [],
  },
  removeRoleAssignment: {
    ...common,
    method: 'DELETE',
    path: '/role-assignments/{id}',
    access: { permission: 'roles:admin' },
    body: null,
    status: 204,
    errors: ['last_admin'],
  },
} as const satisfies Readonly<Record<string, RouteContract>>
