import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, Script } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The whole of the client as an app's bundler makes it, as a script. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/index.ts')],
    bundle: true,
    conditions: ['@cardea/source'],
    format: 'iife',
    globalName: 'client',
    platform: 'browser',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

/** What is called when a request is made, and nothing of Node besides. */
const surroundings = { fetch, URL, URLSearchParams, AbortController, TextEncoder, setTimeout, clearTimeout }

describe('the bundle of the client', () => {
  it('runs where nothing of Node is', async () => {
    const asked: string[] = []
    const context = createContext({
      ...surroundings,
      document: {},
      fetch: async (address: string) => {
        asked.push(address)
        return Response.json({ id: '1', email: 'anna@example.test' })
      },
    })
    new Script(await bundle()).runInContext(context)
    expect(new Script('typeof process + typeof Buffer + typeof require').runInContext(context)).toBe(
      'undefined'.repeat(3),
    )
    const state: unknown = await new Script('client.createClient().auth.load()').runInContext(context)
    expect(state).toMatchObject({ status: 'signed-in', user: { id: '1' } })
    expect(asked).toEqual(['/api/v1/auth/me'])
  })

  it('does nothing when it is loaded and made, as on a server or without any platform', async () => {
    const context = createContext({})
    new Script(await bundle()).runInContext(context)
    const status: unknown = new Script('client.createClient().auth.state().status').runInContext(context)
    expect(status).toBe('unknown')
  })

  it('depends on nothing', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(manifest.dependencies).toBeUndefined()
    expect(Object.keys(manifest.peerDependencies)).toEqual(['react'])
    expect(manifest.peerDependenciesMeta.react.optional).toBe(true)
  })
})
