import { beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, authPath, createApp, password } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'

const contracts: readonly RouteContract[] = Object.values(routeContracts)
const id = '01a2014d-b475-7215-8438-031c3b71c287'
const pathOf = ({ mount, path }: RouteContract) =>
  `${{ auth: authPath('users'), api: '/api/v1', root: '', site: '' }[mount]}${path.replace('{name}/records', 'customers/records').replace(/\{\w+\}/g, id)}`

const shapes: Readonly<Record<string, unknown>> = {
  number: 0,
  boolean: true,
  null: null,
  array: ['a@b.example'],
  object: { $ne: '' },
}

/** Fields that are no text, or that the route takes and ignores as clients of the seeds send them, and what they may be. */
const taken: Readonly<Record<string, readonly (keyof typeof shapes)[]>> = {
  scopes: ['null'],
  expires_at: ['null'],
  revoked: ['boolean'],
  verified: ['boolean'],
  role: ['null'],
  remember_me: ['boolean'],
  schema: ['object', 'array'],
  fields: ['array'],
  drop: ['array'],
  rename: ['object'],
  auth: ['object'],
  rules: ['object'],
  resource: ['object'],
  inherits: ['array'],
  tenant: ['null'],
  system_protected: ['boolean'],
  condition: ['null', 'object'],
  // Null takes a setting back.
  password_auth_enabled: ['boolean', 'null'],
  oauth_enabled: ['boolean', 'null'],
  oauth_auto_create_user: ['boolean', 'null'],
  oauth_link_by_email: ['boolean', 'null'],
  otp_enabled: ['boolean', 'null'],
  otp_create_user: ['boolean', 'null'],
  mfa_enabled: ['boolean', 'null'],
  mfa_required: ['boolean', 'null', 'array'],
  password_require_upper: ['boolean', 'null'],
  password_require_number: ['boolean', 'null'],
  password_require_special: ['boolean', 'null'],
  verification_required: ['boolean', 'null'],
  password_min_length: ['null'],
  registration: ['null'],
  registration_answer: ['null'],
  // False for nobody; fields and comparisons are looked at with the collection.
  sign_in_rule: ['boolean', 'null', 'array', 'object'],
  ...Object.fromEntries(
    routeContracts.updateSettings.body.optional
      .filter((name) => name.startsWith('mail_template_'))
      .map((name) => [name, ['null']]),
  ),
  token_expiry_hours: ['null'],
  refresh_token_expiry_days: ['null'],
  session_expiry_days: ['null'],
  cookie_duration: ['null'],
  remember_duration: ['null'],
  // What is in an object is looked at by itself.
  scope: ['null', 'object'],
}
const takenAt: Readonly<Record<string, readonly (keyof typeof shapes)[]>> = {
  'POST /api/v1/role-permissions fields': ['array', 'null'],
  // By name, or as a list.
  [`PATCH /api/v1/collections/${id} fields`]: ['array', 'object'],
  [`POST /api/v1/collections/${id}/migrate fields`]: ['array', 'object'],
  // What it may be depends on the key.
  'POST /api/v1/settings value': ['number', 'boolean', 'null', 'array', 'object'],
}
const ignored = new Set(['token', 'issued_at', 'hash', 'date_created', 'date_modified', 'created_at', 'updated_at'])
/** What a new key is to be is for the server to say. */
const ignoredAt = new Set([
  'POST /api/v1/tokens revoked',
  'POST /api/v1/role-permissions id',
  'POST /api/v1/role-assignments id',
  'POST /api/v1/auth/register role',
  'POST /api/v1/users revoked',
  'PUT /api/v1/users revoked',
  `PUT /api/v1/users/${id} revoked`,
  `PATCH /api/v1/users/${id} revoked`,
])

const rows = contracts
  .filter(({ body, foreignForm }) => body !== null && foreignForm !== true)
  .flatMap((contract) =>
    [...(contract.body?.required ?? []), ...(contract.body?.optional ?? [])]
      .filter((field) => !ignored.has(field) && !ignoredAt.has(`${contract.method} ${pathOf(contract)} ${field}`))
      .map((field) => [contract.method, pathOf(contract), field, contract] as const),
  )

describe('types of fields', () => {
  let app: App
  let account: Account
  let admin: string

  beforeAll(async () => {
    app = await createApp({ mail: {}, auth: { otp: { enabled: true }, mfa: { enabled: true } } })
    account = await app.signUp()
    await app.auth.createFirstAdmin({ email: 'root@example.test', password, username: 'root', name: 'Root' })
    const signedIn = await app.send('POST', `${authPath('users')}/login`, {
      body: { email: 'root@example.test', password },
    })
    admin = String(signedIn.body['access_token'])
  })

  it.each(rows)('%s %s takes %s for what it is, and nothing else', async (method, path, field, contract) => {
    const bearer = typeof contract.access === 'object' || path.includes('/records') ? admin : account.access
    const before = await app.rows()
    const allowed: readonly string[] = takenAt[`${method} ${path} ${field}`] ?? taken[field] ?? []
    for (const [shape, value] of Object.entries(shapes).filter(([name]) => !allowed.includes(name))) {
      const others = Object.fromEntries((contract.body?.required ?? []).map((name) => [name, 'a text']))
      const sent = contract.access === 'public' ? {} : { bearer }
      const got = await app.send(method, path, { ...sent, body: { ...others, [field]: value } })
      expect([got.status, got.code], `${shape}: ${got.text}`).toEqual([422, 'invalid_request'])
      const places = Array.isArray(got.body['errors']) ? got.body['errors'].map((issue) => String(issue.path)) : []
      expect(
        places.some((place) => place === field || place.startsWith(`${field}.`) || place.startsWith(`${field}[`)),
      ).toBe(true)
    }
    expect(await app.rows()).toBe(before)
  })

  const withQuery = contracts
    .filter(({ query, openQuery, access }) => query.length > 0 && openQuery !== true && access !== 'optional')
    .flatMap((contract) => contract.query.map((name) => [contract.method, pathOf(contract), name, contract] as const))

  it.each(withQuery)('%s %s takes %s once', async (method, path, name, contract) => {
    const bearer = typeof contract.access === 'object' ? admin : account.access
    const sent = contract.access === 'public' ? {} : { bearer }
    const got = await app.send(method, `${path}?${name}=1&${name}=2`, sent)
    expect([got.status, got.code]).toEqual([422, 'invalid_request'])
  })
})
