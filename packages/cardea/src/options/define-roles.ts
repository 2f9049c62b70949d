import type { AnyCollection, RecordOf, RecordOperation } from '@cardea/collections'
import {
  type Catalogue,
  defineRoles as definePureRoles,
  type NoRows,
  type PatternOf,
  type PermissionOf,
  type RoleOptions,
  type Roles,
  type RolesOptions,
  type sdkPermissions,
} from '@cardea/permissions/declare'
import { declaredCatalogue } from '../services/declared-policy.js'

/** What else roles can name: what Cardea's own routes ask for, and what collections bring. */
type Brought<Collections extends readonly AnyCollection[]> =
  | PermissionOf<typeof sdkPermissions>
  | `${Collections[number]['name']}:${RecordOperation}`

/** What is known of the records of collections. */
type RecordRows<Collections extends readonly AnyCollection[]> = {
  readonly [C in Collections[number] as C['name']]: RecordOf<C>
}

/** What roles are declared with, beside a catalogue. */
interface DefineRolesOptions<Label extends string, Collections extends readonly AnyCollection[]>
  extends RolesOptions<Label> {
  /**
   * Collections whose permissions the roles may name, such as `posts:read` and `posts:*`. The instance has to have them: it
   * refuses a role that names others. Default: none.
   */
  readonly collections?: Collections
}

/**
 * Declares roles over a catalogue and what Cardea's own routes ask for, such as `users:read`: that exists in every app, and
 * need not be declared. Nor need the permissions of collections, which come with them.
 *
 * ```ts
 * const roles = defineRoles(
 *   permissions,
 *   {
 *     author: { permissions: ['content:read', { permission: 'content:update', when: own('author_id') }] },
 *     clerk: { permissions: ['users:read', 'sessions:*', 'posts:*'], inherits: ['author'] },
 *   },
 *   { collections: [posts] },
 * )
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
  const Collections extends readonly AnyCollection[] = readonly [],
  const Named extends PatternOf<P | Brought<Collections>> = PatternOf<P | Brought<Collections>>,
>(
  catalogue: Catalogue<P, Rows>,
  roles: {
    readonly [L in Label]: RoleOptions<
      NoInfer<P> | Brought<NoInfer<Collections>>,
      NoInfer<Label>,
      NoInfer<Rows & RecordRows<Collections>>,
      Named
    >
  },
  options: DefineRolesOptions<NoInfer<Label>, Collections> = {},
): Roles<Label> {
  const { collections = [], ...others } = options
  // Which fields a grant may name is for the compiler alone, and it has looked at that here.
  const declared = roles as Readonly<Record<Label, RoleOptions<string, Label>>>
  return definePureRoles<string, Label>(declaredCatalogue(catalogue as Catalogue, collections), declared, others)
}
