import { definePermissions, mergePermissions } from './define-permissions.js'

/** What Cardea's own routes for users, roles, sessions, keys and settings ask for. All of them are in the CMS preset too. */
export const administrationPermissions = definePermissions({
  users: ['read', 'create', 'update', 'delete', 'admin'],
  roles: ['read', 'create', 'update', 'delete', 'admin'],
  permissions: ['read', 'create', 'update', 'delete', 'admin'],
  sessions: ['read', 'delete', 'admin'],
  ssh_keys: ['read', 'create', 'delete', 'admin'],
  config: ['read', 'update', 'admin'],
})

/** What Cardea's own routes for collections, API keys, the audit log and acting as somebody else ask for; none of it is in the CMS preset. */
export const extensionPermissions = definePermissions({
  collections: ['create', 'read', 'update', 'delete'],
  tokens: ['create', 'read', 'delete', 'admin'],
  audit: ['read'],
  // A resource of its own, so that nobody has it by way of `users:*`.
  impersonation: ['create'],
})

/** Every permission that Cardea's own routes ask for: it exists in every app. */
export const sdkPermissions = mergePermissions(administrationPermissions, extensionPermissions)
