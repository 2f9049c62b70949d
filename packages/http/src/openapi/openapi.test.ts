import { createHash } from 'node:crypto'
import { errorCodes } from '@cardea/core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, type Got } from '../app.fixture.js'
import { authzen } from '../authzen/index.js'
import { routeAnswerFields } from '../contract/answer-fields.js'
import { commonErrors, type RouteContract } from '../contract/route.js'
import { type RouteName, routeContracts } from '../contract/routes.js'
import { createValidator, escapePointer } from './conformance.fixture.js'
import type { OpenApiDocument, Operation, ResponseObject } from './describe-api.js'

const base = '/api/v1'
type App = Awaited<ReturnType<typeof createApp>>

let app: App
let document: OpenApiDocument
let operations: { readonly path: string; readonly method: string; readonly operation: Operation }[]

// What is parsed here is what the test is about: nothing is taken for granted of it.
const documentOf = (got: Got): OpenApiDocument => JSON.parse(got.text)

const operationsOf = ({ paths }: OpenApiDocument) =>
  Object.entries(paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, operation]) => ({ path, method, operation })),
  )

beforeAll(async () => {
  app = await createApp({ sessions: { accessTokens: { algorithm: 'EdDSA' } } })
  document = documentOf(await app.send('GET', '/openapi.json'))
  operations = operationsOf(document)
})

describe('GET /openapi.json', () => {
  it('is a valid document of OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.1')
    const { valid, errors } = await new Validator().validate({ ...document })
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('is served at both places, whoever asks, and to HEAD', async () => {
    expect((await app.send('GET', `${base}/openapi.json`)).text).toBe(JSON.stringify(document))
    const head = await app.send('HEAD', '/openapi.json')
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', 'application/json'])
  })

  const contracts: [string, RouteContract][] = Object.entries(routeContracts)

  it.each(contracts)('has %s with all its statuses and codes', (name, contract) => {
    // Records have routes of their own for each collection.
    const isOfRecords = contract.path.startsWith('/collections/{name}/records')
    const wanted = isOfRecords ? `customers_${name}` : name
    const found = operations.filter(({ operation }) => operation.operationId === wanted)
    expect(found).toHaveLength(1)
    const [{ path, method, operation }] = found as [(typeof operations)[number]]
    expect(method.toUpperCase()).toBe(contract.method)
    expect(path.endsWith(isOfRecords ? contract.path.replace('{name}', 'customers') : contract.path)).toBe(true)
    const codes = Object.entries(operation.responses).flatMap(([status, response]) => codesOf(status, response))
    for (const code of [...contract.errors, ...commonErrors(contract)]) {
      expect(codes.map((each) => each.split(' ')[1])).toContain(code)
    }
    for (const status of [contract.status, ...(contract.otherStatuses ?? [])]) {
      expect(operation.responses).toHaveProperty(String(status))
    }
    const named = (operation.parameters ?? []).filter(({ in: where }) => where === 'query').map((each) => each.name)
    expect(named).toEqual(expect.arrayContaining([...contract.query]))
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    expect((operation.parameters ?? []).filter((each) => each.in === 'path').map((each) => each.name)).toEqual(inPath)
    expect(operation.requestBody === undefined).toBe(contract.body === null)
    const properties = Object.values(operation.requestBody?.content ?? {})[0]?.schema.properties ?? {}
    for (const field of [...(contract.body?.required ?? []), ...(contract.body?.optional ?? [])]) {
      expect(properties).toHaveProperty(field)
    }
    // Those of the contracts alone are asked for.
    const fields = routeAnswerFields[name as RouteName]
    if (fields.length === 0) return
    const success = operation.responses[String(contract.status)]
    const { schema } =
      Object.values(('$ref' in (success ?? {}) ? {} : (success as ResponseObject)).content ?? {})[0] ?? {}
    const text = JSON.stringify(schema)
    const shown = new Set(
      [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].flatMap(([, one = '']) =>
        Object.keys(document.components.schemas[one]?.properties ?? {}),
      ),
    )
    for (const member of fields) expect(shown).toContain(member)
  })

  it('knows every code that a client can meet', () => {
    const codes = new Set(
      operations.flatMap(({ operation }) =>
        Object.entries(operation.responses).flatMap(([status, response]) =>
          codesOf(status, response).map((each) => each.split(' ')[1]),
        ),
      ),
    )
    const inner = [
      'unique_violation',
      'foreign_key_violation',
      'transaction_conflict',
      'schema_outdated',
      'configuration_invalid',
      'undeclared_permission',
    ]
    expect([...codes].sort()).toEqual(errorCodes.filter((code) => !inner.includes(code)).sort())
  })

  it('has examples that are what the schemas say, for every body and answer', () => {
    const validator = createValidator(document)
    let count = 0
    const check = (pointer: readonly string[], content: ResponseObject['content'] = {}): void => {
      for (const [type, { example, examples, schema }] of Object.entries(content)) {
        const isText = !/[/+]json$|form/.test(type)
        const values = [...(isText ? [] : [example]), ...Object.values(examples ?? {}).map(({ value }) => value)]
        const place = [...pointer, 'content', type, 'schema'].map(escapePointer).join('/')
        const validate = validator.getSchema(`document#/${place}`)
        for (const value of examples === undefined ? values : values.slice(1)) {
          count += 1
          expect(value, `${place}: ${JSON.stringify(schema)}`).toBeDefined()
          expect(validate?.(value), `${place}: ${validator.errorsText(validate?.errors)}`).toBe(true)
        }
      }
    }
    for (const { path, method, operation } of operations) {
      const place = ['paths', path, method]
      check([...place, 'requestBody'], operation.requestBody?.content)
      for (const [status, response] of Object.entries(operation.responses)) {
        if (!('$ref' in response)) check([...place, 'responses', status], response.content)
      }
    }
    for (const [name, { content }] of Object.entries(document.components.responses)) {
      check(['components', 'responses', name], content)
    }
    expect(count).toBeGreaterThan(300)
  })

  it('has the fields of the app, and nothing that is hidden', () => {
    const { schemas } = document.components
    expect(schemas['CustomersRecord']?.properties?.['company']).toEqual({ type: ['string', 'null'], maxLength: 100 })
    const register = document.paths[`${base}/collections/customers/auth/register`]?.['post']
    const body = register?.requestBody?.content['application/json']?.schema
    expect(body?.properties).toHaveProperty('company')
    expect(body?.additionalProperties).toBe(false)
    expect(body?.required).toEqual(['email', 'password'])
    expect(Object.keys(schemas)).toContain('PostsRecord')
    expect(document.components.securitySchemes).toHaveProperty('cookie_customers', {
      type: 'apiKey',
      in: 'cookie',
      name: '__Host-session_customers',
    })
  })

  it('says what was defined at run time to those alone who may read it', async () => {
    const admin = await app.signUp()
    await app.auth.permissions.assign(admin.id, 'admin')
    const viewer = await app.signUp()
    const make = async (name: string) => {
      const body = { name, type: 'auth', fields: [{ name: 'badge', type: 'text', required: true }] }
      expect((await app.send('POST', `${base}/collections`, { bearer: admin.access, body })).status).toBe(201)
    }
    const ask = async (bearer?: string) =>
      await app.send('GET', '/openapi.json', bearer === undefined ? {} : { bearer })
    await ask(admin.access)
    await make('drivers')
    const seen = documentOf(await ask(admin.access))
    expect(seen.components.schemas['DriversRecord']?.properties).toHaveProperty('badge')
    expect(seen.paths).toHaveProperty([`${base}/collections/drivers/auth/login`])
    expect((await new Validator().validate({ ...seen })).valid).toBe(true)
    for (const path of ['/openapi.json', '/docs', '/llms.txt']) {
      for (const bearer of [undefined, viewer.access, 'nonsense']) {
        const { text } = await app.send('GET', path, bearer === undefined ? {} : { bearer })
        expect(text.toLowerCase()).not.toContain('driver')
      }
      expect((await app.send('GET', path, { bearer: admin.access })).text).toContain('drivers')
    }
    await make('couriers')
    expect((await ask(admin.access)).text).toContain('couriers')
  })

  it('describes what is served, and no more', async () => {
    const plain = await createApp()
    const described = documentOf(await plain.send('GET', '/openapi.json'))
    expect(described.paths).not.toHaveProperty(['/.well-known/jwks.json'])
    const asking = await createApp({}, { rateLimits: 'off', authzen: authzen() })
    const { paths } = documentOf(await asking.send('GET', '/openapi.json'))
    expect(paths['/access/v1/evaluation']?.['post']?.operationId).toBe('evaluate')
    const off = await createApp({}, { rateLimits: 'off', apiReference: 'off' })
    for (const path of ['/openapi.json', '/docs', '/llms.txt', `${base}/docs`]) {
      expect(off.handler.matches(path)).toBe(false)
      expect((await off.send('GET', path)).code).toBe('not_found')
    }
    const unwell = await createApp({}, { rateLimits: 'off', health: 'off' })
    for (const path of ['/health', '/health/ready']) {
      expect(unwell.handler.matches(path)).toBe(false)
      expect((await unwell.send('GET', path)).code).toBe('not_found')
      expect(described.paths).toHaveProperty([path])
      expect(documentOf(await unwell.send('GET', '/openapi.json')).paths).not.toHaveProperty([path])
    }
  })
})

describe('GET /docs', () => {
  it('is a page that may do nothing but look as it does and help to find things', async () => {
    const got = await app.send('GET', '/docs')
    expect([got.status, got.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const policy = got.headers.get('content-security-policy') ?? ''
    const digestsOf = (tag: string) =>
      [...got.text.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(
        ([, inner = '']) => `'sha256-${createHash('sha256').update(inner).digest('base64')}'`,
      )
    expect(policy).toBe(
      `default-src 'none'; frame-ancestors 'none'; style-src ${digestsOf('style').join(' ')}; script-src ${digestsOf('script').join(' ')}; base-uri 'none'; form-action 'none'`,
    )
    // Nothing is loaded from anywhere, and nothing runs by itself.
    expect(
      got.text.match(/<[^>]*\s(?:src|srcset|on[a-z]+|style|action)\s*=|<(?:link|iframe|object|base)\b|@import|url\(/gi),
    ).toBeNull()
    const links = [...got.text.matchAll(/href="([^"]*)"/g)].map(([, target = '']) => target)
    expect(links.filter((target) => !target.startsWith('#'))).toEqual([`${base}/openapi.json`])
  })

  it('shows every route without scripts', async () => {
    const { text } = await app.send('GET', '/docs')
    for (const { operation } of operations) expect(text).toContain(`<details id="${operation.operationId}">`)
    expect(text.replace(/<script>.*<\/script>/s, '')).toContain('<code>/api/v1/auth/login</code>')
    expect([...text.matchAll(/<details\b[^>]*\bhidden/g)]).toEqual([])
    // Every heading that is linked to is there.
    for (const [, target = ''] of text.matchAll(/href="#([^"]*)"/g)) expect(text).toContain(`id="${target}"`)
  })

  it('takes nothing of a definition for markup', async () => {
    const admin = await app.signUp()
    await app.auth.permissions.assign(admin.id, 'admin')
    const hostile = '"><script>alert(1)</script>'
    const fields = [{ name: 'size', type: 'select', options: [hostile, "'", '&lt;'], required: true }]
    const body = { name: 'shirts', type: 'auth', fields }
    expect((await app.send('POST', `${base}/collections`, { bearer: admin.access, body })).status).toBe(201)
    const { text } = await app.send('GET', '/docs', { bearer: admin.access })
    expect(text).toContain('shirts')
    expect(text).not.toContain('<script>alert')
    expect(text.match(/<script>/g)).toHaveLength(1)
  })
})

describe('GET /llms.txt', () => {
  it('names every route in a line', async () => {
    const got = await app.send('GET', '/llms.txt')
    expect(got.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(got.text.startsWith('# Cardea\n\n> ')).toBe(true)
    for (const { path, method } of operations) expect(got.text).toContain(`- \`${method.toUpperCase()} ${path}\`: `)
    expect(got.text).toContain('Body: email, password')
  })
})

describe('the test of answers', () => {
  it('fails for what the document does not say', async () => {
    const { answerCheck } = await import('./conformance.fixture.js')
    const check = await answerCheck(app.auth, app.http, [])
    const asked = { method: 'GET', path: `${base}/auth/mfa`, type: 'application/json' }
    const state = { enabled: true, methods: [], backup_codes_remaining: 0, required: false }
    expect(check({ ...asked, status: 200, text: JSON.stringify(state) })).toBeUndefined()
    expect(check({ ...asked, status: 200, text: JSON.stringify({ ...state, secret: 'x' }) })).toContain('additional')
    expect(check({ ...asked, status: 200, text: '{}' })).toContain('required')
    expect(check({ ...asked, status: 418, text: '{}' })).toContain('does not say so')
    expect(check({ ...asked, status: 200, type: 'text/html', text: '' })).toContain('has no body')
    expect(check({ ...asked, status: 200, type: 'text/html', text: 'x' })).toContain('knows of no text/html')
    const taken = { type: 'about:blank', title: '', status: 409, code: 'email_taken', detail: '', request_id: '' }
    expect(
      check({ ...asked, status: 409, type: 'application/problem+json', text: JSON.stringify(taken) }),
    ).toBeDefined()
  })
})

/** `401 token_invalid`: every code of a response, with its status. */
function codesOf(status: string, response: Operation['responses'][string]): string[] {
  const found = '$ref' in response ? document.components.responses[response.$ref.replace(/^.*\//, '')] : undefined
  const schema = found?.content?.['application/problem+json']?.schema.allOf?.[1]
  return (schema?.properties?.['code']?.enum ?? []).map((code) => `${status} ${String(code)}`)
}
