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
