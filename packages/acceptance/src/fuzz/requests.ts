import { gzipSync } from 'node:zlib'
import { type RouteContract, routeContracts } from '@cardea/http/contract'
import type { Random } from '../seed.js'
import { anyText, anyValue } from './values.js'
import type { FuzzWorld } from './world.js'

/** A request as it goes over the wire. */
export interface FuzzRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer | undefined
}

const contracts: readonly RouteContract[] = Object.values(routeContracts)
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'] as const
const collections = ['customers', 'users', 'nothing', '__proto__'] as const

/** One time in `times`. */
const rarely = (random: Random, times: number): boolean => random.below(times) === 0

/** A request that is nearly right, or not at all: each of its parts is spoilt now and then. */
export function fuzzRequest(random: Random, world: FuzzWorld): FuzzRequest {
  const contract = random.pick(contracts)
  const method = rarely(random, 12) ? random.pick(methods) : contract.method
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(random, world, contract)
  return {
    method,
    path: pathOf(random, world, contract),
    headers: headersOf(random, world, body),
    body: body?.bytes,
  }
}

function pathOf(random: Random, world: FuzzWorld, contract: RouteContract): string {
  const mounts = { root: '', site: '', api: '/api/v1', auth: '/api/v1/auth' }
  const mount =
    contract.mount === 'auth' && rarely(random, 2)
      ? `/api/v1/collections/${segment(random, random.pick(collections))}/auth`
      : mounts[contract.mount]
  const filled = contract.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const known = parameter === 'name' ? collections : world.ids
    return segment(random, rarely(random, 2) ? random.pick(known) : anyText(random))
  })
  const spoilt = rarely(random, 25) ? random.pick(['//', '/./', '/%2e%2e/', ';x', '/', '\\']) : ''
  return `${mount}${filled}${spoilt}${queryOf(random, world, contract)}`
}

/** As a part of a path; now and then such as it is, as far as a request line can hold it. */
const segment = (random: Random, value: string): string =>
  rarely(random, 4) ? value.replace(/[^!-~]|[?#]/g, '') || 'x' : encodeURIComponent(value.toWellFormed())

function queryOf(random: Random, world: FuzzWorld, contract: RouteContract): string {
  if (!rarely(random, 3)) return ''
  const names = [
    ...contract.query,
    'q',
    'limit',
    'offset',
    'sort',
    'filter[email][eq]',
    'cursor',
    'page',
    anyText(random),
  ]
  const parts = Array.from({ length: 1 + random.below(3) }, () => {
    const name = random.pick(names)
    const value = rarely(random, 3) ? random.pick(world.ids) : anyText(random)
    return rarely(random, 6) ? '%E0%A4%A' : `${encodeURIComponent(name.toWellFormed())}=${segment(random, value)}`
  })
  return `?${parts.join('&')}`
}

interface Body {
  readonly bytes: Buffer
  readonly type: string
  readonly encoding?: string
}

function bodyOf(random: Random, world: FuzzWorld, { body }: RouteContract): Body | undefined {
  if (body === null && !rarely(random, 6)) return undefined
  const entries: [string, unknown][] = []
  for (const name of [...(body?.required ?? []), ...(body?.optional ?? [])]) {
    if (rarely(random, 8)) continue
    const known = world.fields.get(name)
    entries.push([name, known !== undefined && !rarely(random, 3) ? random.pick(known) : anyValue(random)])
  }
  if (rarely(random, 5)) entries.push([anyText(random), anyValue(random)])
  if (rarely(random, 20)) entries.push(['__proto__', { isAdmin: true }])
  return encode(random, toJson(entries))
}

/** Objects cannot hold a name twice, or `__proto__`; texts can. */
const toJson = (entries: readonly (readonly [string, unknown])[]): string =>
  `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`

function encode(random: Random, json: string): Body {
  const type = rarely(random, 12)
    ? random.pick([
        'text/plain',
        'APPLICATION/JSON',
        'application/json; charset=latin1',
        'application/json; charset=utf-8',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/merge-patch+json',
        '',
        ';',
      ])
    : 'application/json'
  const plain = (text: string): Body => ({ bytes: Buffer.from(text.toWellFormed()), type })
  switch (random.below(24)) {
    case 0:
      return plain(json.slice(0, random.below(json.length + 1)))
    case 1:
      return { bytes: Buffer.from(json, 'utf16le'), type }
    case 2:
      return { bytes: Buffer.from(json, 'latin1'), type }
    case 3:
      return { bytes: gzipSync(json), type, encoding: random.pick(['gzip', 'br', 'deflate', 'zstd', 'x']) }
    case 4:
      return plain('['.repeat(1 + random.below(5_000)))
    case 5:
      return plain(`{"a":${'{"a":'.repeat(40)}1${'}'.repeat(41)}`)
    case 6:
      return plain(`${json.slice(0, -1)},${json.slice(1)}`)
    case 7:
      return plain(`{"email":"${'x'.repeat(70_000)}"}`)
    case 8:
      return plain(random.pick(['[]', 'null', '0', '"a"', '', ' ', '\ufeff{}', 'NaN', '1e400', '{"a":1e400}']))
    case 9:
      return { bytes: Buffer.concat([Buffer.from(json), Buffer.from([0xff, 0xfe, 0x00])]), type }
    default:
      return plain(json)
  }
}

function headersOf(random: Random, world: FuzzWorld, body: Body | undefined): FuzzRequest['headers'] {
  const headers: Record<string, string | readonly string[]> = {}
  const text = (): string => anyText(random).replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
  if (body !== undefined) {
    if (body.type !== '') headers['content-type'] = body.type
    if (body.encoding !== undefined) headers['content-encoding'] = body.encoding
  }
  if (rarely(random, 2)) {
    headers['authorization'] = rarely(random, 4)
      ? random.pick([`Bearer ${text()}`, text(), 'Basic Og==', 'Bearer', 'bearer  ', `Bearer ${'a.'.repeat(3_000)}`])
      : random.pick(world.bearers)
  }
  if (rarely(random, 3)) {
    headers['cookie'] = rarely(random, 4)
      ? random.pick([`session=${text()}`, text(), 'session=a; session=b', `session=${'x'.repeat(5_000)}`, ';;=;='])
      : random.pick(world.cookies)
  }
  const others: readonly (readonly [string, () => string])[] = [
    ['origin', () => random.pick(['null', 'https://evil.test', text()])],
    ['referer', text],
    ['sec-fetch-site', () => random.pick(['same-origin', 'cross-site', 'none', text()])],
    ['x-forwarded-for', () => random.pick(['1.2.3.4', '::1', ',,,', text()])],
    ['x-forwarded-host', () => 'evil.test'],
    ['forwarded', text],
    ['x-http-method-override', () => 'DELETE'],
    ['x-request-id', text],
    ['user-agent', text],
    ['accept', text],
    ['accept-language', text],
    ['range', () => 'bytes=0-1'],
    ['if-none-match', () => '*'],
    ['access-control-request-method', text],
    ['x-middleware-subrequest', () => 'middleware'],
  ]
  for (const [name, value] of others) if (rarely(random, 12)) headers[name] = value()
  return headers
}
