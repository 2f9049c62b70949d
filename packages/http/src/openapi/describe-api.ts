import type { AnyCollection } from 'cardea'
import { isAuthCollection } from 'cardea'
import type * as z from 'zod/mini'
import { type BodyContract, commonErrors, isOpen, type RouteContract } from '../contract/route.js'
import { routeSummaries } from '../contract/summaries.js'
import { type ProblemKind, problemKinds } from '../problem/problem.js'
import { answerSchemas } from './answers.js'
import { checkedSchema } from './checked-schema.js'
import { collectionSchemas, filledFields, identifiersOf, inputFields, pascalCase } from './collections.js'
import { exampleOf, type Schemas } from './examples.js'
import { bodyValues, queryValues } from './named-values.js'
import { answerNames, headersOf, otherTypes, tagOf } from './route-tables.js'
import { type JsonSchema, reference } from './schema.js'

/** A document in the form of OpenAPI 3.1, as far as it is used here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Schemas
    readonly responses: Readonly<Record<string, ResponseObject>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

/** What can be done at a path. */
export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, MediaType>>
  }
  readonly responses: Readonly<Record<string, ResponseObject | { readonly $ref: string }>>
}

/** A part of a path or a query. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly style?: 'deepObject'
  readonly schema: JsonSchema
}

/** What a body is, in one type of media. */
export interface MediaType {
  readonly schema: JsonSchema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

/** What is answered. */
export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>
  readonly content?: Readonly<Record<string, MediaType>>
}

/** A route, and how it is called. */
export interface DescribedRoute {
  readonly name: string
  readonly contract: RouteContract
  /** Of what it takes. */
  readonly schemas: { readonly body: z.ZodMiniType; readonly query: z.ZodMiniType }
}

/** What is described. */
export interface Described {
  readonly routes: readonly DescribedRoute[]
  /** Those that may be known to whoever reads. */
  readonly collections: readonly AnyCollection[]
  readonly baseUrl: string
  readonly basePath: string
  readonly version: string
  /** The name of the session cookie of a collection. */
  readonly cookieOf: (collection: string) => string
}

const statusTexts: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Made',
  202: 'Taken, and done later',
  204: 'Done; there is nothing to say',
  302: 'Sends the browser on',
  303: 'Sends the browser on',
  304: 'Not changed',
  400: 'The request cannot be read',
  401: 'Who asks is not known, or no longer',
  403: 'This is not for whoever asks',
  404: 'There is nothing here',
  405: 'This cannot be done here',
  409: 'In the way of something that is there',
  412: 'It has been changed meanwhile',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Fields are not right',
  429: 'Too many requests',
  500: 'Something went wrong on the server',
  503: 'Try again in a moment',
}

/** Routes that make something of the collection, so that what it needs has to be there. */
const making = new Set(['register', 'createUser', 'createRecord'])

/** Describes what is served. */
export function describeApi(described: Described): OpenApiDocument {
  const { routes, collections, baseUrl, basePath, version, cookieOf } = described
  const schemas: Record<string, JsonSchema> = {
    Problem: problemSchema,
    OpenApi: { type: 'object', description: 'A document like this one.' },
    ...Object.fromEntries(Object.entries(answerSchemas).map(([name, { json }]) => [name, json])),
    ...Object.assign({}, ...collections.map(collectionSchemas)),
  }
  const responses = new Map<string, { readonly name: string; readonly response: ResponseObject }>()
  const describe = describing(schemas, responses)
  const authNames = collections.filter(isAuthCollection).map(({ name }) => name)

  const paths: Record<string, Record<string, Operation>> = {}
  for (const place of routes.flatMap((each) => placesOf(each, collections, basePath))) {
    const { path, described: each, collection } = place
    paths[path] = { ...paths[path], [each.contract.method.toLowerCase()]: describe(place, collection) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Cardea', version, description: introduction },
    servers: [{ url: baseUrl === '' ? '/' : baseUrl }],
    tags: [...new Set(Object.values(paths).flatMap((each) => Object.values(each).flatMap(({ tags }) => tags)))].map(
      (name) => ({ name }),
    ),
    paths,
    components: {
      schemas,
      responses: Object.fromEntries([...responses.values()].map(({ name, response }) => [name, response])),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or, where that is said, an API key.' },
        ...Object.fromEntries(
          authNames.map((name) => [schemeOf(name), { type: 'apiKey', in: 'cookie', name: cookieOf(name) }]),
        ),
      },
    },
  }
}

const introduction = [
  'Bodies are JSON in snake_case, instants ISO 8601 in UTC. A last part of a path that is a parameter may also come as `?q=`.',
  'Errors are problem details (RFC 9457) whose `code` is stable. Unsafe methods with a cookie have to come from the site itself.',
  'Every path also answers OPTIONS, and HEAD where it answers GET.',
].join('\n\n')

const problemSchema: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable: what programs branch on.' },
    detail: { type: 'string' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'code', 'message'],
        additionalProperties: false,
        properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
    mfa_token: { type: 'string', description: 'With `mfa_required`: goes with the second factor to `/mfa/verify`.' },
    expires_at: { type: 'string', format: 'date-time' },
    methods: { type: 'array', items: { type: 'string' } },
    enrollment_required: { type: 'boolean' },
  },
}

const hasSummary = (name: string): name is keyof typeof routeSummaries => Object.hasOwn(routeSummaries, name)

/** Where a route hangs for a collection. */
interface PlaceOfRoute {
  readonly path: string
  readonly described: DescribedRoute
  /** Undefined where any or none is meant. */
  readonly collection: AnyCollection | undefined
}

const recordsPath = '/collections/{name}/records'

/** What depends on a collection stands in the document once for each, with its fields. */
function placesOf(described: DescribedRoute, collections: readonly AnyCollection[], basePath: string): PlaceOfRoute[] {
  const { mount, path } = described.contract
  const users = collections.find(({ name }) => name === 'users')
  if (mount === 'auth') {
    return collections.filter(isAuthCollection).map((collection) => {
      const prefix = collection.name === 'users' ? '/auth' : `/collections/${collection.name}/auth`
      return { path: `${basePath}${prefix}${path}`, described, collection }
    })
  }
  if (mount === 'api' && path.startsWith(recordsPath)) {
    return collections.map((collection) => ({
      path: `${basePath}${path.replace('{name}', collection.name)}`,
      described,
      collection,
    }))
  }
  return [{ path: mount === 'api' ? `${basePath}${path}` : path, described, collection: users }]
}

const schemeOf = (collection: string): string => (collection === 'users' ? 'cookie' : `cookie_${collection}`)

/** Whether a route hangs here for one collection of the app, and for another elsewhere. */
function isOfOneCollection({ described: { contract }, collection }: PlaceOfRoute): boolean {
  const { mount, path } = contract
  return (mount === 'auth' && collection?.name !== 'users') || path.startsWith(recordsPath)
}

/** `login` of customers is `customers_login`. */
const operationIdOf = (place: PlaceOfRoute): string =>
  isOfOneCollection(place) ? `${place.collection?.name}_${place.described.name}` : place.described.name

function describing(
  schemas: Schemas,
  responses: Map<string, { readonly name: string; readonly response: ResponseObject }>,
) {
  const withExample = (schema: JsonSchema): MediaType => {
    const example = exampleOf(schema, schemas)
    return example === undefined ? { schema } : { schema, example }
  }

  /** Routes have most of their errors in common: each combination stands in the document once. */
  const problemResponse = (status: number, codes: readonly string[]): { readonly $ref: string } => {
    const key = `${status} ${codes.join()}`
    let known = responses.get(key)
    if (known === undefined) {
      const count = [...responses.values()].filter(({ name }) => name.startsWith(`Problem${status}_`)).length
      known = { name: `Problem${status}_${count + 1}`, response: describeProblem(status, codes) }
      responses.set(key, known)
    }
    return { $ref: `#/components/responses/${known.name}` }
  }

  return (place: PlaceOfRoute, collection: AnyCollection | undefined): Operation => {
    const { name, contract, schemas: checked } = place.described
    const parameters = [
      ...pathParameters(place.path),
      ...queryParameters(contract, checked.query),
      ...headerParameters(name),
    ]
    const body =
      contract.body === null ? undefined : bodySchema(name, contract, contract.body, checked.body, collection)
    const description = descriptionOf(contract, collection)
    const type = contract.foreignForm === true ? 'application/x-www-form-urlencoded' : 'application/json'
    return {
      operationId: operationIdOf(place),
      tags: [isOfOneCollection(place) ? (collection?.name ?? '') : tagOf(name)],
      summary: hasSummary(name) ? routeSummaries[name] : '',
      ...(description === '' ? {} : { description }),
      security: securityOf(contract, collection?.name ?? 'users'),
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(body === undefined
        ? {}
        : { requestBody: { required: (body.required ?? []).length > 0, content: { [type]: withExample(body) } } }),
      responses: {
        ...successes(name, contract, collection, withExample),
        ...Object.fromEntries(
          [...problemsOf(contract)].map(([status, codes]) => [String(status), problemResponse(status, codes)]),
        ),
      },
    }
  }
}

/** The codes of a route by status, the lowest first. */
function problemsOf(contract: RouteContract): ReadonlyMap<number, readonly string[]> {
  const byStatus = new Map<number, Set<string>>()
  const add = (status: number, code: string): void => {
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code))
  }
  for (const code of [...contract.errors, ...commonErrors(contract)]) {
    const kind = kindOf(code)
    add(kind.status, code)
    // Where a body can be read, but its fields are wrong.
    if (code === 'invalid_request') add(422, code)
    // Where nobody is known at all.
    if (code === 'reauthentication_required' && isOpen(contract)) add(401, code)
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => [status, [...codes].sort()]))
}

function kindOf(code: string): ProblemKind {
  const kind = Object.entries(problemKinds).find(([known]) => known === code)?.[1]
  if (kind === undefined) throw new Error(`no such code: ${code}`)
  return kind
}

function describeProblem(status: number, codes: readonly string[]): ResponseObject {
  const retry = status === 429 || status === 503
  const examples = codes.map((code) => {
    const { title, detail } = kindOf(code)
    const value = {
      type: `https://github.com/cardea-auth/cardea/blob/main/docs/errors.md#${code}`,
      title,
      status,
      code,
      detail: detail ?? `${title}.`,
      request_id: '019bc0f2-6e00-7f00-8abc-0123456789ab',
      ...(code === 'mfa_required'
        ? {
            mfa_token: 'vT1x…',
            expires_at: '2026-01-15T10:10:00.000Z',
            methods: ['totp', 'backup_code'],
            enrollment_required: false,
          }
        : {}),
      ...(status === 422 ? { errors: [{ path: 'email', code: 'required', message: 'is required' }] } : {}),
    }
    return [code, { value }] as const
  })
  return {
    description: statusTexts[status] ?? 'An error',
    ...(retry
      ? { headers: { 'Retry-After': { description: 'In seconds.', schema: { type: 'integer', minimum: 1 } } } }
      : {}),
    content: {
      'application/problem+json': {
        schema: { allOf: [reference('Problem'), { properties: { code: { enum: codes }, status: { const: status } } }] },
        examples: Object.fromEntries(examples),
      },
    },
  }
}

/** How success is answered. */
function successes(
  name: string,
  contract: RouteContract,
  collection: AnyCollection | undefined,
  withExample: (schema: JsonSchema) => MediaType,
): Readonly<Record<string, ResponseObject>> {
  const { status, otherStatuses = [], answerType = 'application/json' } = contract
  const answered = answerSchema(name, contract, collection)
  const description = statusTexts[status] ?? ''
  const otherAnswers = otherStatuses.map((other): [string, ResponseObject] => [
    String(other),
    {
      description: statusTexts[other] ?? '',
      ...(other === 202 ? { content: { 'application/json': withExample(reference('Message')) } } : {}),
    },
  ])
  const text: JsonSchema = { type: 'string' }
  const { answered: said = {} } = hasAnswerName(name) ? (headersOf[name] ?? {}) : {}
  const headers = Object.fromEntries(
    Object.entries({ ...(status === 302 || status === 303 ? { Location: 'Where to go.' } : {}), ...said }).map(
      ([header, about]) => [header, { description: about, schema: text }],
    ),
  )
  const types = hasAnswerName(name) ? (otherTypes[name] ?? []) : []
  const others = Object.fromEntries(types.map((type) => [type, { schema: text }]))
  const media = answered === undefined ? { schema: { type: 'string' } } : withExample(answered)
  const hasBody = answered !== undefined || answerType.startsWith('text/')
  return {
    [String(status)]: {
      description,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(hasBody ? { content: { [answerType.split(';')[0] ?? '']: media, ...others } } : {}),
    },
    ...Object.fromEntries(otherAnswers),
  }
}

function answerSchema(
  name: string,
  contract: RouteContract,
  collection: AnyCollection | undefined,
): JsonSchema | undefined {
  if (!hasAnswerName(name)) return contract.status === 204 ? undefined : { type: 'object' }
  const known = answerNames[name]
  if (known === null) return undefined
  const prefix = pascalCase(collection?.name ?? 'users')
  const one = reference(known.replace('{Collection}', prefix))
  if (name === 'register') return { oneOf: [one, reference(`${prefix}Waiting`), reference(`${prefix}NotAllowed`)] }
  if (contract.answersList !== true) return one
  const list: JsonSchema = { type: 'array', items: one }
  if (!contract.query.includes('cursor')) return list
  const whole: JsonSchema = { type: 'integer' }
  const part = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })
  return {
    oneOf: [
      { ...list, description: 'Without `limit`, `page` or `cursor`: at most 1,000, with a `Link` to the rest.' },
      part({ data: list, total: whole, limit: whole, offset: whole }),
      part({ items: list, page: whole, per_page: whole, total: whole, total_pages: whole }),
      part({ data: list, next_cursor: { type: ['string', 'null'] } }),
    ],
  }
}

const hasAnswerName = (name: string): name is keyof typeof answerNames => Object.hasOwn(answerNames, name)

function descriptionOf(
  { access, widenedBy, credentials, openQuery, query }: RouteContract,
  collection: AnyCollection | undefined,
): string {
  const name = collection?.name ?? 'users'
  return [
    ...(typeof access === 'object' ? [`Needs \`${access.permission.replace('{collection}', name)}\`.`] : []),
    ...(widenedBy === undefined ? [] : [`With \`${widenedBy}\` it reaches beyond one's own.`]),
    ...(access === 'public' || credentials === 'any' ? [] : ['Takes a session, and no API key.']),
    ...(openQuery === true && !isFiltered({ query, openQuery }) ? ['Other parameters may come besides.'] : []),
  ].join(' ')
}

function securityOf({ access, principals }: RouteContract, collection: string): Operation['security'] {
  if (access === 'public') return []
  const cookie = schemeOf(principals === 'any' ? 'users' : collection)
  const known = [{ bearer: [] }, { [cookie]: [] }]
  return access === 'optional' ? [{}, ...known] : known
}

const pathParameters = (path: string): Parameter[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

function queryParameters({ query, openQuery }: RouteContract, schema: z.ZodMiniType): Parameter[] {
  const { properties = {} } = checkedSchema(schema)
  const named = query.map((name): Parameter => {
    const { description, schema: known } = queryValues[name] ?? {}
    return {
      name,
      in: 'query',
      required: false,
      ...(description === undefined ? {} : { description }),
      schema: known ?? properties[name] ?? { type: 'string' },
    }
  })
  const filter: Parameter = {
    name: 'filter',
    in: 'query',
    required: false,
    style: 'deepObject',
    description:
      'By field and operator (`eq`, `ne`, `lt`, `lte`, `gt`, `gte`, `in`, `null`, `contains`): `filter[email][contains]=example`.',
    schema: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: 'string' } } },
  }
  return isFiltered({ query, openQuery }) ? [...named, filter] : named
}

interface Filterable {
  readonly query: readonly string[]
  readonly openQuery: true | undefined
}

/** Whether the other parameters of a query are filters. */
const isFiltered = ({ query, openQuery }: Filterable): boolean => openQuery === true && query.includes('search')

function headerParameters(name: string): Parameter[] {
  const heeded = hasAnswerName(name) ? headersOf[name]?.heeded : undefined
  return heeded === undefined ? [] : [{ ...heeded, in: 'header', required: false, schema: { type: 'string' } }]
}

/** What a body holds: what the route's own schema says, and of a collection's fields what their definition says. */
function bodySchema(
  name: string,
  { foreignForm }: RouteContract,
  { required, optional, open }: BodyContract,
  schema: z.ZodMiniType,
  collection: AnyCollection | undefined,
): JsonSchema {
  const own = checkedSchema(schema)
  const isOfCollection = open === 'fields' && foreignForm !== true && collection !== undefined && hasAnswerName(name)
  const fields = isOfCollection ? inputFields(collection) : { properties: {}, required: [] }
  const identifiers = open === 'identifier' && collection !== undefined ? identifiersOf(collection) : []
  // Of records, those of principals alone have an address and a password.
  const isPlain = name === 'createRecord' && collection !== undefined && !isAuthCollection(collection)
  const named = Object.fromEntries(
    (isPlain ? [] : [...required, ...optional]).map((field) => {
      const said = own.properties?.[field]
      return [field, said === undefined || Object.keys(said).length === 0 ? (bodyValues[field] ?? {}) : said]
    }),
  )
  const filled = name === 'createRecord' && collection !== undefined ? filledFields(collection) : new Set()
  const made = making.has(name) ? fields.required.filter((field) => !filled.has(field)) : []
  const address = name === 'createRecord' && !isPlain ? ['email'] : []
  const needed = [...new Set([...required, ...(own.required ?? []), ...address, ...made])]
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(identifiers.map((field) => [field, { type: 'string' }])),
      ...fields.properties,
      ...named,
    },
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: open !== undefined && !isOfCollection && identifiers.length === 0,
  }
}
