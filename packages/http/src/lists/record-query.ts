import type { ListFilter } from 'cardea'
import type { ListQuery } from './list-form.js'
import { unknownField } from './list-form.js'

/** Parameters that say which part of a list is asked for, and in which form. */
const formParameters: ReadonlySet<string> = new Set(['limit', 'offset', 'page', 'per_page', 'cursor'])

/** What instants are called where clients of FastCMS ask for them; no field of an app's can be called so. */
const everywhere: Readonly<Record<string, string>> = { created: 'created_at', updated: 'updated_at' }

/** Whether a parameter says which part of a list is asked for. */
export const isFormParameter = (name: string): boolean => formParameters.has(name)

/** What a query asks for of records, by names of fields; whether there are such fields is for those to say who read them. */
export interface RecordQuery extends ListFilter {
  readonly sort?: readonly string[] | undefined
}

/**
 * Reads `sort=-created_at,email`, `search=…` and `filter[field][operator]=value`.
 *
 * @param more Other names that clients know of fields, beside `created` and `updated`.
 * @throws CardeaError `unknown_field` for any other parameter.
 */
export function readRecordQuery(query: ListQuery, more: Readonly<Record<string, string>> = {}): RecordQuery {
  const aliases = { ...everywhere, ...more }
  const known = (name: string): string => (Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name)
  const filters = new Map<string, [string, string][]>()
  for (const [parameter, value] of Object.entries(query)) {
    if (value === undefined || formParameters.has(parameter) || parameter === 'sort' || parameter === 'search') continue
    // Whether there is such an operator, or has to be one at all, those say who know what the field has.
    const [, name, operator = ''] = /^filter\[(\w{1,64})\](?:\[(\w{1,16})\])?$/.exec(parameter) ?? []
    if (name === undefined) throw unknownField(parameter)
    const field = known(name)
    filters.set(field, [...(filters.get(field) ?? []), [operator, value]])
  }
  const { sort, search } = query
  return {
    // Own members, whatever they are called.
    filter: Object.fromEntries([...filters].map(([field, comparisons]) => [field, Object.fromEntries(comparisons)])),
    search,
    sort: sort
      ?.split(',')
      .filter((part) => part !== '')
      .map((part) => (part.startsWith('-') ? `-${known(part.slice(1))}` : known(part))),
  }
}
