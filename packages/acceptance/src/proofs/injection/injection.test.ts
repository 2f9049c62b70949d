import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { bool, builtInUsers, date, defineCollection, json, number, relation, select, text, url } from 'cardea'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../seed.js'
import { timeLimit } from '../../time-limit.js'
import { createProofApp, expecting, type Got, type ProofApp, password } from '../app.js'
import { type OpenDatabase, proofDatabases } from '../storages.js'
import { hostileStrings, marker } from './hostile-strings.js'
import { collection, isList, type ReadRoute, readRoutes } from './list-routes.js'
import { shapeOf } from './shapes.js'

const customers = defineCollection('customers', {
  type: 'auth',
  fields: {
    company: text({ optional: true }),
    phone: text({ optional: true, unique: true }),
    seats: number({ optional: true }),
    active: bool({ optional: true }),
    since: date({ optional: true }),
    plan: select(['free', 'paid'], { optional: true }),
    homepage: url({ optional: true }),
    notes: json({ optional: true }),
    internal: text({ optional: true, hidden: true }),
    manager: relation('customers', { optional: true }),
  },
})
const users = builtInUsers({ nick: text({ optional: true }), age: number({ optional: true }) })

/** What clients ask for who mean no harm: of every kind that a value can have. */
const harmless = [
  'abc',
  'aBc',
  'ABC',
  'ß',
  'Ä',
  '',
  'a,b',
  'true',
  'false',
  'null',
  '0',
  '1',
  '-1',
  '1.5',
  'a@example.test',
  'free',
  '2026-01-15',
  '2026-01-15T10:00:00Z',
  '01a2014d-b475-7215-8438-031c3b71c287',
  'https://example.test/',
  'user.registered',
  'success',
  'csv',
  'email,id',
  'manager',
  '{"a":1}',
]
const operators = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'nin',
  'like',
  'contains',
  'starts',
  'ends',
  'null',
  'exists',
]
const sizes = ['limit', 'offset', 'page', 'per_page']

/** How many of the strings are tried at each place; another part of them in each run where it is not all. */
const share = rounds({ test: 3, ci: 4, long: hostileStrings.length })

const cursorOf = (values: unknown): string => Buffer.from(JSON.stringify(values)).toString('base64url')
const query = (parameters: readonly (readonly [string, string])[]): string =>
  parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')

describe.each(firstWhereQuick(proofDatabases))('what requests say, on $name,', ({ open }) => {
  const random = seededRandom()
  let database: OpenDatabase
  let app: ProofApp
  let admin = ''
  let userId = ''

  beforeAll(async () => {
    database = await open()
    app = await createProofApp(database.storage, {
      collections: [users, customers],
      auth: { otp: { enabled: true }, registration: 'open' },
    })
    const root = { email: 'root@example.test', password, username: 'root', name: 'Root' }
    await app.auth.createFirstAdmin(root)
    const signedIn = app.send('POST', '/api/v1/auth/login', { body: { email: root.email, password } })
    admin = String((await expecting(200, signedIn)).body['access_token'])
    for (let index = 0; index < 5; index += 1) {
      const own = { email: `u${index}@example.test`, password, username: `u${index}`, name: `U ${index}` }
      const made = await app.send('POST', '/api/v1/users', { bearer: admin, body: { ...own, nick: 'N', age: index } })
      userId = String((await expecting(201, Promise.resolve(made))).body['id'])
      const body = { email: `c${index}@example.test`, password, company: `C ${index}`, seats: index }
      await expecting(201, app.send('POST', `/api/v1/collections/${collection}/auth/register`, { body }))
    }
    await app.settle()
  })

  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  const someStrings = (): readonly string[] => {
    const first = random.below(hostileStrings.length)
    return Array.from({ length: share }, (_, index) => hostileStrings[(first + index) % hostileStrings.length] ?? '')
  }

  /** Sends a request, and says what it had the database do. */
  async function observe(path: string): Promise<{ readonly got: Got; readonly statements: readonly string[] }> {
    const before = database.statements.length
    const got = await app.send('GET', path, { bearer: admin })
    return { got, statements: database.statements.slice(before) }
  }

  const pathOf = (route: ReadRoute, id: string): string =>
    route.path.replace('{name}', collection).replace(/\{\w+\}/, encodeURIComponent(id))

  /** The comparisons that a list takes of its fields; it says of all others that it knows no such parameter. */
  async function comparisonsOf(route: ReadRoute): Promise<readonly string[]> {
    if (!isList(route)) return []
    const taken: string[] = []
    for (const field of route.fields) {
      for (const operator of operators) {
        const parameter = `filter[${field}][${operator}]`
        const { got } = await observe(`${pathOf(route, userId)}?${query([[parameter, 'abc']])}`)
        if (!JSON.stringify(got.body).includes('unknown_field')) taken.push(parameter)
      }
    }
    return taken
  }

  /** Every request of a route that means no harm, by the values and names that it has. */
  function harmlessQueries({ parameters, fields }: ReadRoute, comparisons: readonly string[]): readonly string[] {
    const values = parameters
      .filter((name) => !sizes.includes(name))
      .flatMap((name) => harmless.map((value) => query([[name, value]])))
    const sorts = fields.flatMap((field) => [query([['sort', field]]), query([['sort', `-${field}`]])])
    // Some of the hostile strings name a field that there is.
    sorts.push(query([['sort', 'email']]), query([['sort', '-email']]))
    sorts.push(query([['sort', `${fields[0]},email`]]), query([['sort', `${fields[0]},-email`]]))
    const filters = comparisons.flatMap((parameter) => harmless.map((value) => query([[parameter, value]])))
    const pages = ['limit=2', 'limit=2&offset=1', 'page=1&per_page=2', 'cursor=&limit=2']
    return ['', ...pages, ...values, ...sorts, ...filters]
  }

  /** Requests that mean harm, with a string at every place where a request may have one. */
  function hostileQueries(route: ReadRoute, comparisons: readonly string[]): readonly string[] {
    const { parameters, fields } = route
    const atPlaces = someStrings().flatMap((text) => [
      ...parameters.map((name) => query([[name, text]])),
      query([[text, 'abc']]),
      query([[`filter[${text}][eq]`, 'abc']]),
      query([['filter', text]]),
      query([[`filter[${fields[0] ?? 'id'}][${text}]`, 'abc']]),
      query([[`filter[${fields[0] ?? 'id'}]${text}`, 'abc']]),
      query([['sort', `${fields[0] ?? 'id'},${text}`]]),
      query([['sort', `-${text}`]]),
      query([['cursor', cursorOf([text])]]),
      query([['cursor', cursorOf([text, text])]]),
      query([['cursor', cursorOf({ [text]: text })]]),
      query([['cursor', cursorOf([text, { [text]: text }])]]),
    ])
    const inFilters = comparisons.flatMap((parameter) => someStrings().map((text) => query([[parameter, text]])))
    return [...new Set([...atPlaces, ...inFilters])]
  }

  it.each(readRoutes.map((route) => [route.name, route] as const))(
    '%s: never becomes part of a statement, which is of a shape that harmless requests have',
    async (_name, route) => {
      const counted = await database.query(countAll)
      const known = new Set<string>()
      const learn = async (path: string): Promise<Got> => {
        const { got, statements } = await observe(path)
        for (const sql of statements) known.add(shapeOf(sql))
        return got
      }
      for (const id of [userId, 'abc', '01a2014d-b475-7215-8438-031c3b71c287', 'admin', 'u1'])
        await learn(pathOf(route, id))
      const comparisons = await comparisonsOf(route)
      for (const each of harmlessQueries(route, comparisons)) await learn(`${pathOf(route, userId)}?${each}`)
      if (isList(route)) await learnPages(route, learn)
      // A route that answers nothing of all this would prove nothing.
      expect(known.size).toBeGreaterThan(0)

      const wrong: string[] = []
      const judge = async (path: string): Promise<void> => {
        const { got, statements } = await observe(path)
        if (got.status >= 500) wrong.push(`${path} was answered with ${got.status}`)
        for (const sql of statements) {
          if (sql.toLowerCase().includes(marker)) wrong.push(`${path} is part of ${sql}`)
          else if (!known.has(shapeOf(sql))) wrong.push(`${path} made ${sql}`)
        }
      }
      for (const each of hostileQueries(route, comparisons)) await judge(`${pathOf(route, userId)}?${each}`)
      if (route.path.includes('{')) for (const text of someStrings()) await judge(pathOf(route, text))
      if (route.path.endsWith('}')) {
        const plain = route.path.replace(/\/\{\w+\}$/, '').replace('{name}', collection)
        await learn(`${plain}?q=${userId}`)
        for (const text of someStrings()) await judge(`${plain}/?q=${encodeURIComponent(text)}`)
      }
      expect(wrong.slice(0, 10), `CARDEA_TEST_SEED=${random.seed}`).toEqual([])
      expect(await database.query(countAll)).toEqual(counted)
    },
    timeLimit,
  )

  /** Goes on by the cursors that a list gives, sorted in every way. */
  async function learnPages(route: ReadRoute, learn: (path: string) => Promise<Got>): Promise<void> {
    for (const sort of ['', ...route.fields.flatMap((field) => [field, `-${field}`])]) {
      const at = `${pathOf(route, userId)}?${query([['limit', '1'], ...(sort === '' ? [] : [['sort', sort] as const])])}`
      const first = await learn(`${at}&cursor=`)
      const next = first.body['next_cursor']
      if (typeof next === 'string') await learn(`${at}&cursor=${next}`)
    }
  }
})

/** How much there is of what no request here may touch. */
const countAll = [
  'select (select count(*) from cardea_principals) as principals',
  '(select count(*) from cardea_identifiers) as identifiers',
  '(select count(*) from cardea_credentials) as credentials',
  '(select count(*) from cardea_sessions) as sessions',
  '(select count(*) from cardea_roles) as roles',
  '(select count(*) from cardea_permissions) as permissions',
  '(select count(*) from cardea_role_permissions) as grants',
  '(select count(*) from cardea_role_assignments) as assignments',
  '(select count(*) from auth_users) as users',
  '(select count(*) from auth_customers) as customers',
].join(', ')
