import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** Each package runs `tsup --config ../../tsup.config.ts` in its own folder; its entries are those of its `exports`. */
interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>> | string>>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** Where each entry goes below dist (`sqlite/index`), and its source, so that no layout is guessed. */
const entry = Object.fromEntries(
  Object.values(manifest.exports).flatMap((target) => {
    if (typeof target === 'string') return []
    const { '@cardea/source': source, default: built } = target
    if (source === undefined || built === undefined) return []
    return [[built.replace(/^\.\/dist\/|\.js$/g, ''), source]]
  }),
)

/** Packages that import nothing of Node themselves, because an entry point of theirs runs in browsers: building fails if they do. */
const neutral = ['@cardea/permissions', '@cardea/sessions', '@cardea/client']

export default defineConfig({
  entry,
  outDir: 'dist',
  format: ['esm'],
  // Declarations come from `tsc -b`, which is faster and checks while it writes.
  dts: false,
  // A map would lead to sources that are not published; the code is readable as it is.
  sourcemap: false,
  clean: true,
  target: manifest.name === '@cardea/client' ? 'es2022' : 'node22',
  // A client depends on nothing: what it takes of other packages becomes part of it, from their sources, which need not be built.
  ...(manifest.name === '@cardea/client'
    ? {
        esbuildOptions: (options: { conditions?: string[] }) => {
          options.conditions = ['@cardea/source']
        },
      }
    : {}),
  platform: neutral.includes(manifest.name) ? 'neutral' : 'node',
  // `node:sqlite` has no other name: without its prefix, it would be a package of that name.
  removeNodeProtocol: false,
  // Without splitting, module state would exist once per entry point.
  splitting: true,
  treeshake: false,
})
