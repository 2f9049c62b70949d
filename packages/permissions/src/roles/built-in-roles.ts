import { sdkPermissions } from '../catalogue/sdk-permissions.js'
import { defineRoles } from './define-roles.js'

/** The role that exists in every app: its holders are not checked against permissions at all. */
export const builtInRoles = defineRoles(sdkPermissions, {
  admin: { description: 'Full access, bypasses all permission checks', bypass: true, protected: true },
})
