/** A value of a query. */
export type QueryValue = string | number | boolean | undefined

/** A query; `filter` by field and operator, a list with commas between. */
export type Query = Readonly<Record<string, QueryValue | readonly string[] | Filter>>

/** Comparisons by field: `{ title: { contains: 'hinge' } }`. */
export type Filter = Readonly<
  Record<string, Readonly<Record<string, QueryValue | readonly (string | number)[]>> | undefined>
>

/** Fills a path in. @throws TypeError for a parameter that is missing: the path would be another one. */
export function fillIn(path: string, params: Readonly<Record<string, string>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (!value) throw new TypeError(`The path ${path} needs ${name}.`)
    return encodeURIComponent(value)
  })
}

/** Of lists that nothing changes, `Array.isArray` leaves it open whether they are some. */
const isList = (value: object): value is readonly unknown[] => Array.isArray(value)

/** A query as text, with its question mark; empty for none. */
export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && !isList(value)
      ? Object.entries(value).flatMap(([field, compared]) =>
          Object.entries(compared ?? {}).map(([operator, operand]): [string, unknown] => [
            `${name}[${field}][${operator}]`,
            operand,
          ]),
        )
      : [[name, value]],
  )
  const text = new URLSearchParams(
    pairs.filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]),
  ).toString()
  return text && `?${text}`
}
