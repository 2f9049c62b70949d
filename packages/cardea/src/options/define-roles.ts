import {
  type Catalogue,
  defineRoles as definePureRoles,
  mergePermissions,
  type NoRows,
  type PatternOf,
  type PermissionOf,
  type RoleOptions,
  type Roles,
  type RolesOptions,
  sdkPermissions,
} from '@cardea/permissions/declare'

type SdkPermission = PermissionOf<typeof sdkPermissions>

/**
 * Declares roles over a catalogue and what Cardea's own routes ask for, such as `users:read`: that exists in every app, and
 * need not be declared.
 *
 * ```ts
 * const roles = defineRoles(permissions, {
 *   author: { permissions: ['content:read', { permission: 'content:update', when: own('author_id') }] },
 *   clerk: { permissions: ['users:read', 'sessions:*'], inherits: ['author'] },
 * })
 * ```
 *
 * @typeParam Named The permissions and wildcards that the roles name, which the compiler finds itself.
 * @param options.separationOfDuty Such as `[{ name: 'payments', roles: ['payer', 'approver'], fewerThan: 2, kind: 'static' }]`.
 * @throws CardeaError `configuration_invalid` for a permission or role that is not declared, an inheritance that runs in a
 * circle or from a bypass, a role that nobody could hold, or a wrong name; the message names the place.
 */
export function defineRoles<
  P extends string,
  Label extends string,
  Rows = NoRows,
  const Named extends PatternOf<P | SdkPermission> = PatternOf<P | SdkPermission>,
>(
  catalogue: Catalogue<P, Rows>,
  roles: {
    readonly [L in Label]: RoleOptions<NoInfer<P> | SdkPermission, NoInfer<Label>, NoInfer<Rows>, Named>
  },
  options: RolesOptions<NoInfer<Label>> = {},
): Roles<Label> {
  // Which fields a grant may name is for the compiler alone, and it has looked at that here.
  const declared = roles as Readonly<Record<Label, RoleOptions<string, Label>>>
  return definePureRoles<string, Label>(mergePermissions(catalogue as Catalogue, sdkPermissions), declared, options)
}
