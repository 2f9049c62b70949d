import type { BodyRoute } from './route-bodies.js'

/** A request with something that it should not say. */
export interface SmugglingRequest {
  readonly query: string
  readonly type: string
  readonly raw: string
}

type Smuggle = (route: BodyRoute, name: string, value: unknown) => readonly SmugglingRequest[]

const json = (body: unknown): SmugglingRequest => ({ query: '', type: 'application/json', raw: JSON.stringify(body) })
const fieldsOf = ({ contract: { body } }: BodyRoute): readonly string[] => [
  ...(body?.required ?? []),
  ...(body?.optional ?? []),
]
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const form = (body: object): string =>
  new URLSearchParams(Object.entries(body).map(([name, value]) => [name, asText(value)])).toString()

/** What other systems look for fields in. */
const containers = ['data', 'record', 'user', 'attributes', '$set']

const spellingsOf = (name: string): readonly string[] => [
  name.toUpperCase(),
  name.charAt(0).toUpperCase() + name.slice(1),
  ` ${name}`,
  `${name} `,
  `${name}\u0000`,
  `\ufeff${name}`,
  `${name}[]`,
  `user.${name}`,
  `user[${name}]`,
  `data[user][${name}]`,
  `$${name}`,
]

/** Where a field can stand in a request, by what it is called. A route that takes the field at its top is asked there no more. */
export const positions: Readonly<Record<string, Smuggle>> = {
  'at the top': (route, name, value) => {
    if (fieldsOf(route).includes(name)) return []
    const [first] = Object.entries(route.body)
    const twice = first === undefined ? '' : `${JSON.stringify(first[0])}:${JSON.stringify({ [name]: value })},`
    return [
      json({ ...route.body, [name]: value }),
      json({ [name]: value, ...route.body }),
      // A member that comes twice, with the right one behind it.
      ...(twice === ''
        ? []
        : [{ ...json({}), raw: `{${twice}${JSON.stringify({ ...route.body, [name]: value }).slice(1)}` }]),
    ]
  },
  'in an object beside': (route, name, value) =>
    containers
      .filter((container) => !fieldsOf(route).includes(container))
      .flatMap((container) => [
        json({ ...route.body, [container]: { [name]: value } }),
        json({ ...route.body, [container]: [{ user: { [name]: value } }] }),
      ]),
  'with all of it in an object': (route, name, value) =>
    containers
      .filter((container) => !fieldsOf(route).includes(container))
      .map((container) => json({ [container]: { ...route.body, [name]: value } })),
  'in a list of bodies': (route, name, value) => [
    json([{ ...route.body, [name]: value }]),
    json([route.body, { [name]: value }]),
    json([[{ ...route.body, [name]: value }]]),
  ],
  'in place of a value': (route, name, value) =>
    Object.entries(route.body).flatMap(([key, own]) => [
      json({ ...route.body, [key]: { [name]: value } }),
      json({ ...route.body, [key]: { value: own, [name]: value } }),
      json({ ...route.body, [key]: [own, { [name]: value }] }),
      json({ ...route.body, [key]: [[{ [name]: value }]] }),
    ]),
  'in another spelling': (route, name, value) =>
    spellingsOf(name).map((spelling) => json({ ...route.body, [spelling]: value })),
  'in a prototype': (route, name, value) =>
    ['__proto__', 'constructor', 'prototype'].map((key) => {
      const raw = JSON.stringify({ ...route.body, '§': { [name]: value } }).replace('"§"', JSON.stringify(key))
      return { ...json({}), raw }
    }),
  'in the query': (route, name, value) =>
    route.contract.query.includes(name)
      ? []
      : [name, `user[${name}]`, `data.${name}`].map((each) => ({
          ...json(route.body),
          query: `?${new URLSearchParams([[each, asText(value)]])}`,
        })),
  'in a form': (route, name, value) => {
    const raw = form({ ...route.body, [name]: value })
    const part = `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${asText(value)}\r\n--x--\r\n`
    return [
      { query: '', type: 'application/x-www-form-urlencoded', raw },
      { query: '', type: 'application/json', raw },
      { query: '', type: 'multipart/form-data; boundary=x', raw: part },
      { query: '', type: 'text/plain', raw: JSON.stringify({ ...route.body, [name]: value }) },
      { query: '', type: 'application/merge-patch+json', raw: JSON.stringify({ ...route.body, [name]: value }) },
    ]
  },
}
