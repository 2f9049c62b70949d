import type { DeletedRecordsAnswer } from '@cardea/http/contract'
import { type Filter, fillIn, type Query, queryText } from '../call/address.js'
import type { ListAnswer } from '../call/list-answer.js'
import type { CallOptions } from '../call/route-key.js'
import type { Received } from '../call/transport.js'

/** Of which records something is done to all. */
export interface RecordFilter<By extends object = Filter> {
  readonly filter?: By | undefined
  readonly search?: string | undefined
}

/** What of each record is wanted. */
export interface RecordShape<Field extends string = string, Relation extends string = string> {
  /** Names of the members that are wanted: `['id', 'title']`. Default: all. */
  readonly fields?: Field | readonly Field[] | undefined
  /** Names of at most five relations that are wanted as records in place of their ids: `['author']`. */
  readonly expand?: Relation | readonly Relation[] | undefined
}

/** Which records are wanted, in which order and form. */
export interface RecordQuery<
  By extends object = Filter,
  Sort extends string = string,
  Field extends string = string,
  Relation extends string = string,
> extends RecordFilter<By>,
    RecordShape<Field, Relation> {
  /** Names of fields, `-` before one for descending: `['-created_at', 'title']`. */
  readonly sort?: Sort | readonly Sort[] | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly page?: number | undefined
  readonly per_page?: number | undefined
  readonly cursor?: string | undefined
}

/** Nothing of what is given but what is known: a query is inferred, and so is held to no more than having something in common. */
type Only<Given, Known> = { readonly [Name in Exclude<keyof Given, keyof Known>]: never }

/** A query with fields and operators that there are. */
type KnownQuery<Query, By extends object> = Only<Query, RecordQuery> &
  (Query extends { readonly filter: infer Given extends object }
    ? {
        readonly filter: {
          readonly [Field in keyof Given]: Field extends keyof By ? Only<Given[Field], NonNullable<By[Field]>> : never
        }
      }
    : unknown)

/** The members of a record. */
type FieldOf<Shown> = keyof Shown & string

/** The names that a query gives in a place. */
type Named<Query, Place extends string> = Place extends keyof Query
  ? NonNullable<Query[Place]> extends infer Names
    ? Names extends readonly (infer Name)[]
      ? Name
      : Names
    : never
  : never

type Picked<Shown, Name> = [Name] extends [never]
  ? Shown
  : string extends Name
    ? Partial<Shown>
    : Pick<Shown, Name & keyof Shown>

/** A record as far as a query asks for it. Of a relation that is wanted as a record, the id stays where that may not be seen. */
export type SelectedRecord<Query, Shown> = [Named<Query, 'expand'>] extends [never]
  ? Picked<Shown, Named<Query, 'fields'>>
  : {
      [Name in keyof Picked<Shown, Named<Query, 'fields'>>]: Name extends Named<Query, 'expand'>
        ? Picked<Shown, Named<Query, 'fields'>>[Name] | Readonly<Record<string, unknown>>
        : Picked<Shown, Named<Query, 'fields'>>[Name]
    }

type NoQuery = Readonly<Record<never, never>>

/** A record, and its version for `ifMatch`; no version where relations are shown as records. */
export interface FoundRecord<Shown> {
  readonly record: Shown
  readonly etag: string | null
}

/** How a record is changed. */
export interface ChangeOptions extends CallOptions {
  /** The `ETag` of the version that the change is meant for; another one is refused. */
  readonly ifMatch?: string | undefined
}

/** The records of a collection. What somebody may do with them is for the collection's rules to say. */
export interface Records<
  Shown,
  New,
  Change,
  By extends object = Filter,
  Sort extends string = string,
  Relation extends string = string,
> {
  /**
   * A list in the form that the query asks for: `{ data, total, limit, offset }`, `{ items, page, per_page, total, total_pages }`,
   * `{ data, next_cursor }`, or a plain array of at most 1,000.
   */
  list<const Query extends RecordQuery<By, Sort, FieldOf<Shown>, Relation> = NoQuery>(
    query?: Query & KnownQuery<Query, By>,
    options?: CallOptions,
  ): Promise<ListAnswer<Query, SelectedRecord<Query, Shown>>>
  /** @throws CardeaClientError `not_found` for one that is not there, or not to be seen. */
  get<const Query extends RecordShape<FieldOf<Shown>, Relation> = NoQuery>(
    id: string,
    query?: Query & Only<Query, RecordShape>,
    options?: CallOptions,
  ): Promise<SelectedRecord<Query, Shown>>
  /** As `get`, with the version. */
  view<const Query extends RecordShape<FieldOf<Shown>, Relation> = NoQuery>(
    id: string,
    query?: Query & Only<Query, RecordShape>,
    options?: CallOptions,
  ): Promise<FoundRecord<SelectedRecord<Query, Shown>>>
  /** What comes back is the `id` alone where whoever asks may make a record and not see it. */
  create(input: New, options?: CallOptions): Promise<Shown>
  /** As for `create`. */
  update(id: string, change: Change, options?: ChangeOptions): Promise<Shown>
  delete(id: string, options?: ChangeOptions): Promise<void>
  /** Deletes those of a filter, or all; so many at once that `more` may be left. */
  deleteMany(wanted: RecordFilter<By> | { readonly all: true }, options?: CallOptions): Promise<DeletedRecordsAnswer>
  /** All records of a filter as one text, lines of JSON or CSV. */
  export(
    query: RecordFilter<By> & Pick<RecordShape<FieldOf<Shown>>, 'fields'> & { readonly format: 'csv' | 'jsonl' },
    options?: CallOptions,
  ): Promise<string>
}

/** Asks for what is below the base path. */
export type AskBelow = (
  method: string,
  path: string,
  asked?: CallOptions & { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> | undefined },
) => Promise<Received>

/** Binds the routes of a collection's records. */
export function createRecords<Shown, New, Change, By extends object, Sort extends string, Relation extends string>(
  receive: AskBelow,
  name: string,
): Records<Shown, New, Change, By, Sort, Relation> {
  const ask = async (...asked: Parameters<AskBelow>): Promise<unknown> => (await receive(...asked)).body
  const all = fillIn('/collections/{name}/records', { name })
  const one = (id: string): string => all + fillIn('/{id}', { id })
  const matching = ({ ifMatch, ...options }: ChangeOptions = {}) => ({
    ...options,
    headers: ifMatch === undefined ? undefined : { 'if-match': ifMatch },
  })
  // Whatever a collection's fields are, comparisons of them are those of a filter.
  const textOf = (query: object | undefined): string => queryText(query as Query | undefined)
  // What comes back has the shape that the definition of the collection says.
  return {
    list: (query, options) => ask('GET', all + textOf(query), options) as Promise<never>,
    get: (id, query, options) => ask('GET', one(id) + textOf(query), options) as Promise<never>,
    view: async (id, query, options) => {
      const { body, headers } = await receive('GET', one(id) + textOf(query), options)
      return { record: body as never, etag: headers.get('etag') }
    },
    create: (body, options) => ask('POST', all, { ...options, body }) as Promise<Shown>,
    update: (id, body, options) => ask('PATCH', one(id), { ...matching(options), body }) as Promise<Shown>,
    delete: async (id, options) => {
      await ask('DELETE', one(id), matching(options))
    },
    deleteMany: (wanted, options) => ask('DELETE', all + textOf(wanted), options) as Promise<DeletedRecordsAnswer>,
    export: (query, options) => ask('GET', `${all}/export${textOf(query)}`, options) as Promise<string>,
  }
}
