import type { Fields } from '../field/field.js'
import type { AnyCollection, AuthOptions, CollectionType } from './collection.js'
import { defineCollection } from './define-collection.js'

/** What JSON says of a collection beside its name: as an app would write it in code. */
export interface StoredDefinition {
  readonly type: CollectionType
  readonly fields: Fields
  readonly auth?: AuthOptions
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
export function definitionOf({ type, fields, auth }: AnyCollection): StoredDefinition {
  return { type, fields: { ...fields }, ...(auth === null ? {} : { auth }) }
}
