/** What somebody can do with records; each has a rule. */
export const ruleOperations = ['list', 'view', 'create', 'update', 'delete'] as const

export type RuleOperation = (typeof ruleOperations)[number]

/**
 * Who may do something with which records of a collection, beside those who hold its permission.
 *
 * `locked`: nobody. `public`: anybody. `authenticated`: any active principal. `self`: whom the record is. A text with a colon
 * is a permission.
 */
export type RecordRule<Owner extends string = string> =
  | 'locked'
  | 'public'
  | 'authenticated'
  | 'self'
  | `${string}:${string}`
  | { readonly authenticated: string | readonly string[] }
  /** The field, a relation to a collection of principals, holds who asks. */
  | { readonly owner: Owner }
  | { readonly permission: string }
  | { readonly anyOf: readonly RecordRule<Owner>[] }

/** Rules by operation. What is left out is `locked`. */
export type RecordRules<Owner extends string = string> = {
  readonly [Operation in RuleOperation]?: RecordRule<Owner> | undefined
}

/** A rule that is no list of others, after it was checked: collections are a list, and a permission is a text. */
export type SingleRule =
  | 'locked'
  | 'public'
  | 'authenticated'
  | 'self'
  | `${string}:${string}`
  | { readonly authenticated: readonly string[] }
  | { readonly owner: string }

/** A rule after it was checked. */
export type CheckedRule = SingleRule | { readonly anyOf: readonly SingleRule[] }

/** The rules of a collection: one for each operation. */
export type CheckedRules = Readonly<Record<RuleOperation, CheckedRule>>

/** The rules of which one has to be met. */
export const alternativesOf = (rule: CheckedRule): readonly SingleRule[] =>
  typeof rule === 'object' && 'anyOf' in rule ? rule.anyOf : [rule]
