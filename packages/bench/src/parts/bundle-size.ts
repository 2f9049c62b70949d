import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { packageFolder } from '../environment/root.ts'

/** Sizes of a bundle in bytes, minified and gzipped. */
export interface BundleSize {
  /** What loads when the app does. */
  readonly atStart: number
  /** What loads when it is needed first. */
  readonly later: number
}

/**
 * Bundles code as an app would and weighs it.
 *
 * @param code Imports of what an app needs; the rest can be left out by the bundler.
 */
export async function bundleSize(code: string): Promise<BundleSize> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: packageFolder, loader: 'js' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // Native code stays outside of every bundle, and so does what only some apps install.
    external: ['@node-rs/argon2', '@node-rs/bcrypt', 'nodemailer'],
    outdir: 'out',
    write: false,
    // Imports for their effects that a package says it has none of are left out, as they are to be.
    logLevel: 'error',
    metafile: true,
    absWorkingDir: packageFolder,
  })
  const atStart = loadedAtStart(metafile)
  let [first, later] = [0, 0]
  for (const { path, contents } of outputFiles) {
    const bytes = gzipSync(contents, { level: 9 }).length
    if ([...atStart].some((output) => path.endsWith(output))) first += bytes
    else later += bytes
  }
  return { atStart: first, later }
}

/** The entry and all that it imports, but not what it imports dynamically. */
function loadedAtStart({ outputs }: Metafile): ReadonlySet<string> {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === '<stdin>')
  if (entry === undefined) throw new Error('the bundle has no entry')
  const found = new Set([entry])
  for (const path of found) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) found.add(next)
    }
  }
  return found
}
