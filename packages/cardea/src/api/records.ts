import type {
  AnyCollection,
  CollectionMapping,
  NewInput,
  PatchInput,
  ReadonlyInput,
  RecordOf,
} from '@cardea/collections'
import type { Authentication } from './sign-in.js'
import type { ListFilter, ListPage, ListPlace, ListQuery } from './users.js'

/** Who asks for records. */
export interface RecordsAskedBy {
  /**
   * Whoever `auth.verify` found, or null for somebody who has not signed in: rules and permissions of the collection decide.
   * Without it the app's code asks, which may all; undefined is refused, with `configuration_invalid`.
   */
  readonly by?: Authentication | null
}

/** Which version of a record a change is meant for. */
export interface ExpectedRecord {
  /** One of the `etag`s that the record may have, or `*` for any. Another one is `precondition_failed`. */
  readonly ifMatch?: string | readonly string[] | undefined
}

/** How a change of a record is asked for. */
export interface RecordChangeOptions extends RecordsAskedBy, ExpectedRecord {}

/** A record, and what tells this version of it from every other. */
export interface FoundRecord<R> {
  readonly record: R
  /** A strong entity tag, with its quotes, as HTTP has it. */
  readonly etag: string
}

/** A record that was written. */
export interface WrittenRecord<R> {
  readonly id: string
  /** Null where whoever has written it may not see it. */
  readonly record: R | null
  readonly etag: string | null
}

/** What became of many records. */
export interface DeletedRecords {
  readonly deleted: number
  /** How many stayed that were meant: the last admin, users with more rights than whoever asks, what the app refers to. */
  readonly kept: number
  /** Whether there are more, for another call. */
  readonly more: boolean
}

/** Which records are to be deleted: those of a filter or a search, or explicitly all. */
export interface DeletionQuery extends ListFilter {
  /** Whether all are meant, where there is neither filter nor search. Default false. */
  readonly all?: boolean | undefined
}

/** How records are exported: in the order of their making, which is the one that many are read in at no cost. */
export interface RecordExportQuery extends ListFilter {
  /** `jsonl`: a line of JSON for each. `json`: one list. `csv`: RFC 4180 with a header, safe to open in a spreadsheet. */
  readonly format: 'csv' | 'json' | 'jsonl'
  /** Default: all that is shown. */
  readonly fields?: readonly string[] | undefined
}

interface Compared<Value> {
  readonly eq?: Value | undefined
  /** Also true of an empty field. */
  readonly ne?: Value | undefined
  /** One of at most 100. */
  readonly in?: readonly Value[] | undefined
  /** Whether the field is empty. */
  readonly null?: boolean | undefined
}

interface Ordered<Value> extends Compared<Value> {
  readonly lt?: Value | undefined
  readonly lte?: Value | undefined
  readonly gt?: Value | undefined
  readonly gte?: Value | undefined
}

interface Searched<Value> extends Ordered<Value> {
  /** A part of the text, in the same case. */
  readonly contains?: string | undefined
}

type TypeOf<C extends AnyCollection, Name> = Name extends keyof C['fields'] ? C['fields'][Name]['type'] : 'system'

/** What a field is compared with, by its type. */
type FilterOf<C extends AnyCollection, Name> = Name extends keyof C['fields']
  ? TypeOf<C, Name> extends 'bool'
    ? Compared<boolean>
    : TypeOf<C, Name> extends 'number' | 'date'
      ? Ordered<NonNullable<C['fields'][Name]['$value']>>
      : Searched<NonNullable<C['fields'][Name]['$value']>>
  : Name extends 'verified'
    ? Compared<boolean>
    : Name extends 'created_at' | 'updated_at'
      ? Ordered<string>
      : Searched<string>

/** A record as it is read: a row of a table of the app's that has no principal yet, has none to show. */
export type ReadRecord<C extends AnyCollection> = C extends { readonly mapping: CollectionMapping }
  ? { readonly [Name in keyof RecordOf<C>]: Name extends 'principal_id' ? string | null : RecordOf<C>[Name] }
  : RecordOf<C>

/** The members of a record. */
export type RecordMember<C extends AnyCollection> = keyof RecordOf<C> & string

/** What a list is sorted and filtered by: all that is shown, but JSON. */
export type ListedMember<C extends AnyCollection> = {
  [Name in RecordMember<C>]: TypeOf<C, Name> extends 'json' ? never : Name
}[RecordMember<C>]

/** The members that are relations. */
export type RelationMember<C extends AnyCollection> = {
  [Name in RecordMember<C> & keyof C['fields']]: TypeOf<C, Name> extends 'relation' ? Name : never
}[RecordMember<C> & keyof C['fields']]

/** Which records of a collection are wanted. */
export interface TypedFilter<C extends AnyCollection> {
  /** At most 20 comparisons, all of which have to hold. */
  readonly filter?: { readonly [Name in ListedMember<C>]?: FilterOf<C, Name> | undefined } | undefined
  /**
   * A text, at most 200 characters, that the address or a field of text holds: as it is written, in lower case, or with a
   * capital at its beginning.
   */
  readonly search?: string | undefined
}

type TypedSort<C extends AnyCollection> = ListedMember<C> | `-${ListedMember<C>}`

interface TypedShape<Shown, Expanded> {
  /** What of each record is wanted. Default: all that is shown. */
  readonly fields?: readonly Shown[] | undefined
  /**
   * At most five relations that are wanted as records in place of their ids. Those that whoever asks may not see stay ids. One
   * statement for each relation, however many records there are.
   */
  readonly expand?: readonly Expanded[] | undefined
}

/** Which records are wanted, in which order, which part of them, and what of each. */
export interface TypedQuery<C extends AnyCollection, Shown, Expanded>
  extends TypedFilter<C>,
    TypedShape<Shown, Expanded> {
  /** At most five; `-` before a name is for descending. Default: by id, which is in the order of their making. */
  readonly sort?: readonly TypedSort<C>[] | undefined
  /** 1 to 1,000; default 100. */
  readonly limit?: number | undefined
  /** Default 0. Beside `after` it counts from there. */
  readonly offset?: number | undefined
  /** Goes on after a page, whose `next` it is. */
  readonly after?: ListPlace | undefined
}

/** A record as far as it was asked for. */
export type SelectedRecord<C extends AnyCollection, Shown, Expanded> = {
  readonly [Name in Extract<RecordMember<C>, Shown>]: Name extends Expanded
    ? ReadRecord<C>[Name & keyof ReadRecord<C>] | Readonly<Record<string, unknown>>
    : ReadRecord<C>[Name & keyof ReadRecord<C>]
}

/** What a new record takes; of an auth collection, also what its principal signs in with. */
export type NewRecordInput<C extends AnyCollection> = (C['type'] extends 'auth'
  ? { readonly email: string; readonly password?: string | undefined }
  : unknown) &
  NewInput<C> &
  ReadonlyInput<C>

/** What a change takes. With `by`, fields that are `readonly` are refused with `unknown_field`. */
type RecordPatch<C extends AnyCollection> = PatchInput<C> & ReadonlyInput<C>

/** The records of a collection that is known to the compiler. */
export interface RecordsApi<C extends AnyCollection> {
  readonly collection: C

  /**
   * A part of a list, by one statement and one for each expanded relation; one more where an address is asked for.
   *
   * With `by`, only what the list rule lets see.
   *
   * @throws CardeaError `unknown_field` for what cannot be sorted, filtered, selected or expanded, `invalid_request`;
   * `unauthenticated`, `forbidden` where the rule is `locked`; `unavailable`.
   */
  list<Shown extends RecordMember<C> = RecordMember<C>, Expanded extends RelationMember<C> = never>(
    query?: TypedQuery<C, Shown, Expanded>,
    options?: RecordsAskedBy,
  ): Promise<ListPage<SelectedRecord<C, Shown, Expanded>>>

  /** How many there are in all. @throws CardeaError as {@link RecordsApi.list}. */
  count(query?: TypedFilter<C>, options?: RecordsAskedBy): Promise<number>

  /** A record. @throws CardeaError `not_found`, also where it may not be seen; `unknown_field`, `unauthenticated`. */
  view<Shown extends RecordMember<C> = RecordMember<C>, Expanded extends RelationMember<C> = never>(
    id: string,
    options?: RecordsAskedBy & TypedShape<Shown, Expanded>,
  ): Promise<FoundRecord<SelectedRecord<C, Shown, Expanded>>>

  /**
   * Makes a record; of an auth collection a principal, as `create` of its users does, with or without a password.
   *
   * @throws CardeaError `invalid_request`, `unknown_field`, `conflict`, `unauthenticated`, `forbidden`, `session_revoked`,
   * `unavailable`; of an auth collection also `weak_password`, `email_taken`, `username_taken`.
   */
  create(input: NewRecordInput<C>): Promise<FoundRecord<RecordOf<C>>>
  create(input: NewRecordInput<C>, options: RecordsAskedBy): Promise<WrittenRecord<RecordOf<C>>>

  /**
   * Changes fields of a record. The rule has to be met by the record before and after. What somebody signs in with is changed by
   * `change` of the users.
   *
   * @throws CardeaError `precondition_failed`, `not_found`, `forbidden` for what would be out of the rule, and as
   * {@link RecordsApi.create}; of what somebody signs in by also `reauthentication_required`.
   */
  update(id: string, patch: RecordPatch<C>): Promise<FoundRecord<ReadRecord<C>>>
  update(id: string, patch: RecordPatch<C>, options: RecordChangeOptions): Promise<WrittenRecord<ReadRecord<C>>>

  /**
   * Deletes a record; of an auth collection its principal, as `delete` of its users does.
   *
   * @throws CardeaError `precondition_failed`, `not_found`, `unauthenticated`; `conflict` where rows of the app refer to it; of an
   * auth collection also `last_admin`, `forbidden`, `reauthentication_required`.
   */
  delete(id: string, options?: RecordChangeOptions): Promise<void>

  /**
   * Deletes many records, those that whoever asks may list and delete: at most 1,000 in one call, 100 principals, in batches that
   * are a transaction each.
   *
   * @throws CardeaError `invalid_request` for neither a filter nor a search nor `all`; `unknown_field`, `unauthenticated`,
   * `forbidden`, `unavailable`.
   */
  deleteMany(query: TypedFilter<C> & Pick<DeletionQuery, 'all'>, options?: RecordsAskedBy): Promise<DeletedRecords>

  /**
   * Exports records as UTF-8 text, page by page, in constant memory. With `by`, what the list rule lets see, asked for each
   * page anew.
   *
   * @throws CardeaError while it is read: as {@link RecordsApi.list}.
   */
  export(
    query: TypedFilter<C> & {
      readonly format: RecordExportQuery['format']
      readonly fields?: readonly RecordMember<C>[] | undefined
    },
    options?: RecordsAskedBy,
  ): AsyncIterable<string>
}

type AnyRecord = Readonly<Record<string, unknown>>

/** What of each record is wanted, by names that come from data. */
export interface RecordShape {
  readonly fields?: readonly string[] | undefined
  readonly expand?: readonly string[] | undefined
}

/** A query by names that come from data. */
export interface RecordQuery extends ListQuery, RecordShape {}

/** The same for a collection that is only known by name: input is checked at run time, as all input is. */
export interface AnyRecordsApi {
  readonly collection: AnyCollection
  list(query?: RecordQuery, options?: RecordsAskedBy): Promise<ListPage<AnyRecord>>
  count(query?: ListFilter, options?: RecordsAskedBy): Promise<number>
  view(id: string, options?: RecordsAskedBy & RecordShape): Promise<FoundRecord<AnyRecord>>
  create(input: unknown, options?: RecordsAskedBy): Promise<WrittenRecord<AnyRecord>>
  update(id: string, patch: unknown, options?: RecordChangeOptions): Promise<WrittenRecord<AnyRecord>>
  delete(id: string, options?: RecordChangeOptions): Promise<void>
  deleteMany(query: DeletionQuery, options?: RecordsAskedBy): Promise<DeletedRecords>
  export(query: RecordExportQuery, options?: RecordsAskedBy): AsyncIterable<string>
}

/** The records of all collections of code, by name; of none where names are not known. */
export type RecordsByCollection<Users extends AnyCollection, Others extends AnyCollection> = {
  readonly [Each in Users | Others as string extends Each['name'] ? never : Each['name']]: RecordsApi<Each>
}
