import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** Each package runs `tsup --config ../../tsup.config.ts` in its own folder; its entries are those of its `exports`. */
interface Manifest {
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>> | string>>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const entry = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'object' && target['@cardea/source'] !== undefined ? [target['@cardea/source']] : [],
)

export default defineConfig({
  entry,
  // The folder of an entry below src is kept below dist, also when a package has a single entry in a subfolder.
  outDir: 'dist',
  format: ['esm'],
  // Declarations come from `tsc -b`, which is faster and checks while it writes.
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'node22',
  platform: 'node',
  // Without splitting, module state would exist once per entry point.
  splitting: true,
  treeshake: false,
})
