import { createHmac } from 'node:crypto'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')

interface Bundle {
  /** A script that puts the exports into the global `bundle`. */
  readonly script: string
  /** Every file in it and every import that was left open, as esbuild tells. */
  readonly inputs: readonly string[]
}

/** What a bundler makes of an entry point for a page: the whole of it, as nobody knows what the page uses. */
async function bundleForBrowser(entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: import.meta.dirname },
    absWorkingDir: root,
    bundle: true,
    conditions: ['@cardea/source'],
    // A builtin is to be found below, with all that is wrong, and not to end this at once.
    external: [...builtinModules, 'node:*'],
    format: 'iife',
    globalName: 'bundle',
    metafile: true,
    platform: 'browser',
    target: 'es2022',
    treeShaking: false,
    write: false,
  })
  const inputs = Object.entries(metafile.inputs).flatMap(([file, { imports }]) => [
    file,
    ...imports.map(({ path }) => path),
  ])
  return { script: outputFiles[0]?.text ?? '', inputs }
}

/** Runs a bundle, and a line that uses it, where there is what browsers and edge runtimes have and nothing of Node. */
function run(bundle: Bundle, line: string, values: Readonly<Record<string, unknown>> = {}): unknown {
  const context = createContext(
    { atob, btoa, crypto, CryptoKey, DOMException, TextDecoder, TextEncoder, Uint8Array, URL, ...values },
    { codeGeneration: { strings: false, wasm: false } },
  )
  runInContext(bundle.script, context)
  return runInContext(line, context)
}

/** Imports that no page could follow, and libraries that are too large for one. */
const unwanted = (bundle: Bundle): readonly string[] =>
  bundle.inputs.filter(
    (input) => input.startsWith('node:') || builtinModules.includes(input) || /(^|\/)(zod|storage)(\/|$)/.test(input),
  )

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('bundles for browsers and edge runtimes', () => {
  it('of an entry point for servers show what is looked for here', async () => {
    const bundle = await bundleForBrowser('@cardea/core/crypto')
    expect(unwanted(bundle)).toContain('node:crypto')
    expect(() => run(bundle, '0')).toThrow('require')
    expect(unwanted(await bundleForBrowser('@cardea/collections')).join()).toContain('node_modules/zod/')
  })

  it('of @cardea/core need no platform', async () => {
    const bundle = await bundleForBrowser('@cardea/core')
    expect(bundle.inputs).toContain('packages/core/src/index.ts')
    expect(unwanted(bundle)).toEqual([])
    const line = `
      const { and, CardeaError, compileCondition, eq, isCardeaError, isNull, not } = bundle
      const judge = compileCondition(and(eq('a', 1), not(isNull('b'))))
      const read = (row) => (field) => row[field]
      const answers = [judge(read({ a: 1, b: 2 })), judge(read({ a: 1 }))]
      ;[...answers, isCardeaError(new CardeaError('forbidden', 'no'), 'forbidden')].join()`
    expect(run(bundle, line)).toBe('true,false,true')
  })

  it('of @cardea/permissions need no platform', async () => {
    const bundle = await bundleForBrowser('@cardea/permissions')
    expect(bundle.inputs).toContain('packages/permissions/src/index.ts')
    expect(unwanted(bundle)).toEqual([])
    const line = `
      const { compilePolicy, declaredPolicy, definePermissions, defineRoles } = bundle
      const permissions = definePermissions({ content: ['read', 'update'] })
      const roles = defineRoles(permissions, { viewer: { permissions: ['*:read'] } })
      const subject = compilePolicy(declaredPolicy(permissions, roles)).subject({
        id: 'ann',
        assignments: [{ roleId: 'viewer', expiresAt: null }],
        now: 0,
      })
      ;[subject.can('content:read'), subject.can('content:update')].join()`
    expect(run(bundle, line)).toBe('true,false')
  })

  it('of @cardea/sessions/verify need no platform', async () => {
    const bundle = await bundleForBrowser('@cardea/sessions/verify')
    expect(bundle.inputs).toContain('packages/sessions/src/verify/index.ts')
    expect(unwanted(bundle)).toEqual([])
    const key = new Uint8Array(32).fill(1)
    const claims = { iss: 'i', aud: 'a:users', sub: 'ann', sid: 's', col: 'users', jti: 'j', amr: [], aal: 1 }
    const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'k' })}.${encode({ ...claims, iat: 1, exp: 3 })}`
    const token = `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
    const line = `
      const verifier = bundle.createAccessTokenVerifier({
        issuer: 'i',
        audience: 'a',
        keys: [{ id: 'k', algorithm: 'HS256', key }],
        clock: () => 2_000,
      })
      Promise.all([token, token.slice(0, -4)].map((text) => verifier.verify(text)))`
    expect(await run(bundle, line, { key, token })).toEqual([
      { valid: true, claims: expect.objectContaining({ principalId: 'ann', expiresAt: 3_000 }) },
      { valid: false, code: 'token_invalid' },
    ])
  })
})
