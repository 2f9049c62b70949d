import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as arctic from 'arctic'
import { generateKeyPair } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { beginning, callback, createNetwork, json } from '../oauth.fixture.js'
import { catalogue } from './catalogue.js'
import type { CatalogueEntry } from './entry.js'
import { apple, microsoftEntraId } from './named.js'
import { type KnownProvider, knownProviders, oauth2 } from './oauth2.js'

const providerFiles = readdirSync(join(dirname(fileURLToPath(import.meta.resolve('arctic'))), 'providers'))
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -3))

const tenant = '11111111-2222-3333-4444-555555555555'
const atOf: Readonly<Record<string, string>> = {
  host: 'at.example',
  host_and_path: 'at.example/default',
  url: 'https://at.example/realms/one',
}
const redirectUri = beginning.redirectUri

/** Both worlds' view of a provider: ours, and the instance of arctic with the secret it wants. */
async function bothOf(known: KnownProvider) {
  const entry: CatalogueEntry = catalogue[known]
  const scopes = entry.begin.includes('scopes') || entry.token.scope ? ['one', 'two'] : []
  const at = known === 'microsoft-entra-id' ? tenant : entry.at === undefined ? undefined : atOf[entry.at]
  const options = { clientId: 'the-client', clientSecret: 'the-secret', scopes, ...(at === undefined ? {} : { at }) }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PRIVATE KEY-----`
  const places = at === undefined ? [] : entry.construct === 'host_and_path' ? ['at.example', 'default'] : [at]
  const secrets = entry.construct === 'without_secret' ? [] : ['the-secret']
  const Provider = (arctic as unknown as Record<string, new (...options: unknown[]) => ArcticProvider>)[entry.arctic]
  if (Provider === undefined) throw new Error(`arctic has no ${entry.arctic}`)
  const theirs =
    known === 'apple'
      ? new Provider('the-client', 'team', 'key', der, redirectUri)
      : new Provider(...places, 'the-client', ...secrets, redirectUri)
  const ours =
    known === 'apple'
      ? apple({ clientId: 'the-client', scopes, teamId: 'team', keyId: 'key', privateKey: pem })
      : known === 'microsoft-entra-id'
        ? microsoftEntraId({ clientId: 'the-client', clientSecret: 'the-secret', scopes, tenant })
        : oauth2(known, options)
  return { entry, scopes, theirs, ours }
}

interface ArcticProvider {
  createAuthorizationURL(...parts: unknown[]): URL
  validateAuthorizationCode(...parts: unknown[]): Promise<unknown>
}

describe('the catalogue', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('has every provider of arctic, by the name of its file', () => {
    expect(providerFiles).toHaveLength(64)
    expect([...knownProviders].sort()).toEqual([...providerFiles].sort())
    const classes = Object.entries(arctic).filter(
      ([name, value]) =>
        name !== 'OAuth2Client' &&
        typeof value === 'function' &&
        'validateAuthorizationCode' in (value.prototype ?? {}),
    )
    expect(
      Object.values(catalogue)
        .map((entry) => entry.arctic)
        .sort(),
    ).toEqual(classes.map(([name]) => name).sort())
  })

  it.each([...knownProviders])('begins a sign-in at %s as arctic does, with a state always', async (known) => {
    const { entry, scopes, theirs, ours } = await bothOf(known)
    const parts = { state: beginning.state, codeVerifier: beginning.codeVerifier, scopes }
    const expected = theirs.createAuthorizationURL(...entry.begin.map((part) => parts[part]))
    const result = await ours.connect(createNetwork().environment).authorizationUrl(beginning)
    if (!result.ok) throw new Error(result.detail)
    const actual = new URL(result.url)
    expect(actual.origin + actual.pathname).toBe(expected.origin + expected.pathname)
    for (const [key, value] of expected.searchParams) expect(actual.searchParams.get(key), key).toBe(value)
    const more = [...actual.searchParams.keys()].filter((key) => !expected.searchParams.has(key))
    const allowed = ['state', 'nonce', 'response_mode', 'code_challenge', 'code_challenge_method', 'provider']
    expect(more.filter((key) => !allowed.includes(key))).toEqual([])
    expect(actual.searchParams.get('state')).toBe(beginning.state)
    expect(actual.searchParams.get('redirect_uri')).toBe(redirectUri)
    expect(actual.searchParams.get('nonce')).toBe(ours.kind === 'oidc' ? beginning.nonce : null)
    expect(actual.searchParams.has('code_challenge')).toBe(entry.pkce !== 'no')
    expect(new Set(actual.searchParams.keys()).size).toBe([...actual.searchParams.keys()].length)
    if (known !== 'myanimelist') expect(result.url).not.toContain(beginning.codeVerifier)
  })

  it.each([...knownProviders])('redeems a code at %s as arctic does, without its request', async (known) => {
    const { entry, scopes, theirs, ours } = await bothOf(known)
    const taken: Request[] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      taken.push(request)
      return new Response('{}', { status: 500 })
    })
    const wanted = entry.pkce === 'yes' ? [beginning.codeVerifier] : entry.token.scope ? [scopes] : []
    await theirs.validateAuthorizationCode('the-code', ...wanted).catch(() => undefined)
    const [expected] = taken
    if (expected === undefined) throw new Error('arctic asked nothing')
    vi.stubGlobal('fetch', () => Promise.reject(new Error('the platform is not asked')))

    const network = createNetwork({ [expected.url]: () => json({ error: 'invalid_grant' }, { status: 400 }) })
    const result = await ours.connect(network.environment).exchange(callback())
    expect(result).toMatchObject({ ok: false, reason: 'code_rejected', detail: 'status 400, invalid_grant' })
    const [actual] = network.seen
    expect(actual?.url).toBe(expected.url)
    expect(actual?.method).toBe('POST')
    expect(actual?.headers.get('authorization')).toBe(expected.headers.get('authorization'))
    expect(actual?.headers.get('content-type')).toBe(expected.headers.get('content-type'))
    const sent = Object.fromEntries(actual?.form ?? [])
    const arctics = Object.fromEntries(new URLSearchParams(await expected.text()))
    if (entry.pkce === 'added') {
      expect(sent['code_verifier']).toBe(beginning.codeVerifier)
      delete sent['code_verifier']
    }
    if (known === 'apple') {
      const part = (jwt: string | undefined, index: number) =>
        JSON.parse(Buffer.from(jwt?.split('.')[index] ?? '', 'base64url').toString())
      expect(part(sent['client_secret'], 0)).toEqual(part(arctics['client_secret'], 0))
      const { iat, exp, aud, ...rest } = part(sent['client_secret'], 1)
      const { iat: theirIat, exp: theirExp, aud: theirAud, ...theirRest } = part(arctics['client_secret'], 1)
      expect(rest).toEqual(theirRest)
      expect([aud]).toEqual(theirAud)
      expect(exp - iat).toBe(theirExp - theirIat)
      expect(iat).toBe(Math.floor(network.now() / 1000))
      delete sent['client_secret']
      delete arctics['client_secret']
    }
    expect(sent).toEqual(arctics)
  })
})
