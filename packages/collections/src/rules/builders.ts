import type { RecordRule } from './rule.js'

// The rules that take no argument are texts: 'locked', 'public', 'authenticated' and 'self'.

/**
 * Any active principal of one of these collections.
 *
 * @param collections Names of collections of the type `auth`; 'authenticated' alone is for those of any.
 */
export const authenticated = <const Names extends readonly [string, ...string[]]>(
  ...collections: Names
): { readonly authenticated: Names } => ({ authenticated: collections })

/**
 * Whom the record belongs to: the field holds the id of who asks. A new record that leaves the field out belongs to who makes
 * it.
 *
 * @param field The name of a relation to a collection of the type `auth`.
 */
export const owner = <const Field extends string>(field: Field): { readonly owner: Field } => ({ owner: field })

/**
 * Who holds a permission, whatever the record. The same as its text.
 *
 * @param permission One permission, such as `posts:publish`; no wildcard.
 */
export const permission = <const Permission extends `${string}:${string}`>(
  permission: Permission,
): { readonly permission: Permission } => ({ permission })

/** Whoever meets one of the rules, for the records for which it does. At most 20 rules, nested at most 3 deep. */
export const anyOf = <const Rules extends readonly RecordRule[]>(...rules: Rules): { readonly anyOf: Rules } => ({
  anyOf: rules,
})
