import { builtInRoles, definePermissions, defineRoles, mergeRoles } from '@cardea/permissions/declare'
import { asPreset } from './preset-permissions.js'

export { type CmsCookieSettings, cmsSessions } from './cms-sessions.js'

const permissions = asPreset(
  definePermissions({
    content: ['read', 'create', 'update', 'delete', 'publish', 'admin'],
    datatypes: ['read', 'create', 'update', 'delete', 'admin'],
    fields: ['read', 'create', 'update', 'delete', 'admin'],
    media: ['read', 'create', 'update', 'delete', 'admin'],
    routes: ['read', 'create', 'update', 'delete', 'admin'],
    users: ['read', 'create', 'update', 'delete', 'admin'],
    roles: ['read', 'create', 'update', 'delete', 'admin'],
    permissions: ['read', 'create', 'update', 'delete', 'admin'],
    sessions: ['read', 'delete', 'admin'],
    ssh_keys: ['read', 'create', 'delete', 'admin'],
    config: ['read', 'update', 'admin'],
    admin_tree: ['read', 'create', 'update', 'delete', 'admin'],
    field_types: ['read', 'create', 'update', 'delete', 'admin'],
    admin_field_types: ['read', 'create', 'update', 'delete', 'admin'],
    deploy: ['read', 'create'],
    webhook: ['create', 'read', 'update', 'delete'],
  }),
)

/** What editors have full use of. Named one by one: a permission that is added later is not theirs by itself. */
const edited = [
  'content',
  'datatypes',
  'fields',
  'media',
  'routes',
  'admin_tree',
  'field_types',
  'admin_field_types',
] as const
const operations = ['read', 'create', 'update', 'delete'] as const

const roles = mergeRoles(
  builtInRoles,
  defineRoles(permissions, {
    editor: {
      description: 'Creates and changes content, media, routes, datatypes, fields and field types',
      permissions: [
        ...edited.flatMap((resource) => operations.map((operation) => `${resource}:${operation}` as const)),
        'users:read',
        'sessions:read',
        'ssh_keys:read',
        'config:read',
      ],
      protected: true,
    },
    viewer: {
      description: 'Reads content, media, routes and field types',
      permissions: ['content:read', 'media:read', 'routes:read', 'field_types:read', 'admin_field_types:read'],
      protected: true,
    },
  }),
)

/**
 * The 72 permissions of a content management system and its roles `admin` (all, by bypass), `editor` (36) and `viewer` (5),
 * all of them protected. New users become viewers.
 */
export const cmsPreset = Object.freeze({ permissions, roles, defaultRole: 'viewer' as const })
