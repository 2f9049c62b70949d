import { firstWhereQuick, isQuick } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { authPath, createApp } from '../app.fixture.js'
import type { RouteContract } from '../contract/route.js'
import { routeContracts } from '../contract/routes.js'

const contracts: RouteContract[] = Object.values(routeContracts)
const unsafe = contracts.filter(({ method, foreignForm }) => method !== 'GET' && foreignForm !== true)
const pathOf = ({ mount, path }: RouteContract) =>
  `${mount === 'auth' ? authPath('users') : '/api/v1'}${path.replace('{name}/records', 'customers/records').replace(/\{\w+\}/, '01a2014d-b475-7215-8438-031c3b71c287')}`
/** That each route asks where a request comes from is told by `csrf-routes`; at a desk, some of them are asked all ways. */
const rows = firstWhereQuick(
  unsafe.map((contract) => [contract.method, pathOf(contract)] as const),
  15,
)

const sites = ['same-origin', 'none', 'same-site', 'cross-site', 'garbage', undefined]
const origins = ['https://app.test', 'https://www.app.test', 'https://evil.test', 'null', undefined]
const referers = ['https://app.test/page?next=/', 'https://evil.test/https://app.test', undefined]
const credentials = ['cookie', 'none', 'bearer', 'both'] as const
const own = ['https://app.test', 'https://www.app.test', 'https://app.test/page?next=/']

interface Case {
  readonly site: string | undefined
  readonly origin: string | undefined
  readonly referer: string | undefined
  readonly credential: (typeof credentials)[number]
}

const all: Case[] = sites.flatMap((site) =>
  origins.flatMap((origin) =>
    referers.flatMap((referer) => credentials.map((credential) => ({ site, origin, referer, credential }))),
  ),
)

/** Where there is little time, what a browser sends on its own, with a cookie and without. */
const cases = isQuick()
  ? all.filter(({ referer, credential }) => referer === undefined && (credential === 'cookie' || credential === 'none'))
  : all

/** As the contract has it, told another way: who is asked first, and what is made of its answer. */
function passes({ site, origin, referer, credential }: Case, isLogout: boolean): boolean {
  if (credential === 'bearer' || credential === 'both') return true
  const witness = origin ?? referer
  if (witness !== undefined) return own.includes(witness)
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return credential === 'none' || isLogout
}

describe.each(rows)('%s %s, for each way to come', (method, path) => {
  it('lets through what comes from here, and writes nothing for the rest', async () => {
    const app = await createApp({}, { rateLimits: 'off', allowedOrigins: ['https://www.app.test'] })
    const { cookie } = await app.signUp()
    const send = async ({ site, origin, referer, credential }: Case) => {
      const headers = {
        ...(site === undefined ? {} : { 'sec-fetch-site': site }),
        ...(origin === undefined ? {} : { origin }),
        ...(referer === undefined ? {} : { referer }),
      }
      const withCookie = credential === 'cookie' || credential === 'both' ? { cookie } : {}
      // A bearer that is good for nothing: it is asked for its own sake, and with it the cookie does not count.
      const withBearer = credential === 'bearer' || credential === 'both' ? { bearer: 'x' } : {}
      return await app.send(method, path, { headers, ...withCookie, ...withBearer })
    }
    const isLogout = path.endsWith('/logout')
    const before = await app.rows()
    for (const one of cases.filter((each) => !passes(each, isLogout))) {
      const got = await send(one)
      expect([got.status, got.code, got.headers.getSetCookie()], JSON.stringify(one)).toEqual([
        403,
        'csrf_rejected',
        [],
      ])
    }
    expect(await app.rows()).toBe(before)
    for (const one of cases.filter((each) => passes(each, isLogout))) {
      const got = await send(one)
      expect(got.code, JSON.stringify(one)).not.toBe('csrf_rejected')
      // Nobody is known by the cookie that came beside a bearer.
      if (one.credential === 'both' && path.endsWith('/me')) expect(got.code).toBe('token_invalid')
    }
  })
})

describe.each(rows)('%s %s', (method, path) => {
  it('is done by its own method alone', async () => {
    const app = await createApp()
    const { access, cookie } = await app.signUp()
    const methods = contracts.filter((other) => pathOf(other) === path).map((other) => other.method)
    const before = await app.rows()
    const overriding = { 'x-http-method-override': method, 'x-method-override': method, 'x-http-method': method }
    for (const asked of ['GET', 'HEAD', 'OPTIONS']) {
      for (const sent of [{ bearer: access }, { cookie }, {}]) {
        for (const query of ['', `?_method=${method}`]) {
          const got = await app.send(asked, `${path}${query}`, { ...sent, headers: overriding })
          if (asked === 'OPTIONS') expect([got.status, got.text]).toEqual([204, ''])
          else if (!methods.includes('GET')) expect(got.status, `${asked} ${query}`).toBe(405)
          expect(got.headers.getSetCookie()).toEqual([])
        }
      }
    }
    expect(await app.rows()).toBe(before)
  })

  it.each(
    firstWhereQuick(
      [
        ['text/plain', '{"a":1}'],
        ['text/plain;application/json', '{"a":1}'],
        ['application/x-www-form-urlencoded', 'a=1'],
        ['application/x-www-form-urlencoded; x=application/json', '{"a":1}'],
        ['application/x-www-form-urlencoded; charset=application/json', '{"a":1}'],
        ['multipart/form-data; boundary=json', '{"a":1}'],
        ['application/json, text/plain', '{"a":1}'],
        ['application/json, application/json', '{"a":1}'],
        ['application/json; charset=utf-7', '{"a":1}'],
        ['application/jsonp', '{"a":1}'],
        ['application/problem+json', '{"a":1}'],
        ['', '{"a":1}'],
      ],
      3,
    ),
  )('takes no body of type %j', async (type, body) => {
    const app = await createApp()
    const { access } = await app.signUp()
    const before = await app.rows()
    const got = await app.send(method, path, { bearer: access, headers: { 'content-type': type }, body })
    // Whoever may not call a route at all is told that first.
    if (got.status !== 403) expect([got.status, got.code]).toEqual([415, 'unsupported_media_type'])
    expect(await app.rows()).toBe(before)
    for (const json of ['application/json', 'APPLICATION/JSON', 'Application/Json; Charset="UTF-8"']) {
      const taken = await app.send(method, path, { headers: { 'content-type': json }, body: '{"zzz":1}' })
      expect(taken.status).not.toBe(415)
    }
  })
})

describe('the field _method of a body', () => {
  it('is a field like any other that is not known', async () => {
    const app = await createApp()
    const { access, refresh } = await app.signUp()
    const got = await app.send('POST', '/api/v1/auth/logout', { bearer: access, body: { _method: 'DELETE' } })
    expect([got.status, got.code]).toEqual([422, 'unknown_field'])
    const body = { refresh_token: refresh, _method: 'DELETE' }
    expect((await app.send('POST', '/api/v1/auth/refresh', { body })).code).toBe('unknown_field')
  })
})
