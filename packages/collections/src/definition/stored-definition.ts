import type { Fields } from '../field/field.js'
import type { RecordRules } from '../rules/rule.js'
import type { AnyCollection, AuthOptions, CollectionType } from './collection.js'
import { defineCollection } from './define-collection.js'

/** What JSON says of a collection beside its name: as an app would write it in code. */
export interface StoredDefinition {
  readonly type: CollectionType
  readonly fields: Fields
  readonly auth?: AuthOptions
  /** Without those that are `locked`; absent where all are, as in what was stored before there were rules. */
  readonly rules?: RecordRules
}

/**
 * Makes a collection of a definition whose types nobody knows, as one that was stored.
 *
 * @throws CardeaError `configuration_invalid` as {@link defineCollection}.
 */
export function defineStored(name: string, definition: StoredDefinition & { readonly table?: string }): AnyCollection {
  // Settings that do not go with the type are refused at run time; the compiler cannot tell whether they do.
  return defineCollection(name, definition as Parameters<typeof defineCollection>[1])
}

/** The definition of a collection as JSON: {@link defineStored} makes the same of it. Its table is not part of it. */
export function definitionOf({ type, fields, auth, rules }: AnyCollection): StoredDefinition {
  const opened = Object.entries(rules).filter(([, rule]) => rule !== 'locked')
  return {
    type,
    fields: { ...fields },
    ...(auth === null ? {} : { auth }),
    ...(opened.length === 0 ? {} : { rules: Object.fromEntries(opened) }),
  }
}
