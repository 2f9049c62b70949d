import { CardeaError } from '@cardea/core'
import { parseOptions } from '@cardea/core/options'
import type { Fields } from '../field/field.js'
import type {
  AnyCollection,
  Collection,
  CollectionDefinition,
  CollectionType,
  FieldsOf,
  MappedDefinition,
} from './collection.js'
import { definitionSchema } from './definition-schema.js'
import type { Mapped } from './mapped.js'
import { refuseCollectionName } from './names.js'
import type { UsersFields } from './users-fields.js'

const defined = new WeakSet<AnyCollection>()

/** What a definition says of a table of the app's: with `columns`, where it is. */
type PlaceOf<Type extends CollectionType, F extends Fields, Columns> = {
  // Of both branches, `Columns` is inferred from the first.
  readonly columns?: [Columns] extends [undefined] ? Columns : MappedDefinition<Type, F>['columns']
} & ([Columns] extends [undefined] ? { readonly id?: never } : Pick<MappedDefinition<Type, F>, 'table' | 'id'>)

type Defined<C extends AnyCollection, Columns> = [Columns] extends [undefined] ? C : Mapped<C>

/**
 * Defines a collection: a store of principals or of plain records with fields of the app's own.
 *
 * One named `users` adds its fields to those of the built-in users.
 *
 * It has one signature: of overloads, compilers tell what is wrong with each. What takes any collection is typed by `AnyCollection`, since
 * its `ReturnType` says nothing.
 *
 * @typeParam Columns What `columns` is given, which the compiler finds itself: with them, the collection is over a table of the app's.
 * @param name 1 to 48 lower-case letters, digits and `_`, beginning with a letter, and not reserved.
 * @throws CardeaError `configuration_invalid`, which names every place of the definition that is wrong.
 */
export function defineCollection<
  const Name extends string,
  Type extends CollectionType,
  F extends Fields = Record<never, never>,
  Columns extends object | undefined = never,
>(
  name: Name,
  definition: CollectionDefinition<Type, F, Name> & PlaceOf<Type, NoInfer<F>, Columns>,
): Defined<Collection<Name, Type, FieldsOf<Name, F>>, Columns>
export function defineCollection<Name extends string>(name: Name, definition: unknown): Collection {
  const refusal = typeof name === 'string' ? refuseCollectionName(name) : 'must be a text'
  if (refusal !== undefined) {
    const issues = [{ path: 'name', code: 'invalid', message: refusal }]
    throw new CardeaError('configuration_invalid', `defineCollection: name ${refusal}`, { issues })
  }
  const checked = parseOptions(definitionSchema(name, definition), definition, `defineCollection('${name}')`)
  const collection = Object.freeze({ name, ...checked })
  defined.add(collection)
  // What was checked is what the type says: it was inferred from it.
  return collection
}

/**
 * The built-in users: `username` and `name`, both optional, and fields of the app's own.
 *
 * @throws CardeaError `configuration_invalid` as {@link defineCollection}.
 */
export function builtInUsers<F extends Fields = Record<never, never>>(
  fields?: F,
): Collection<'users', 'auth', UsersFields & F> {
  return defineCollection('users', { type: 'auth', ...(fields === undefined ? {} : { fields }) })
}

/**
 * Makes sure that a collection went through {@link defineCollection}: names and fields of others are unchecked.
 *
 * @throws CardeaError `configuration_invalid`.
 */
export function assertDefined(collection: AnyCollection): void {
  if (defined.has(collection)) return
  throw new CardeaError(
    'configuration_invalid',
    'a collection must come from defineCollection of the one installed copy of @cardea/collections',
  )
}
