// Looks at every public package as npm would publish it: does it hold what its exports promise, do its types resolve, can
// it be imported and required, and does it keep its libraries to itself? Needs `npm run build` before.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

/**
 * Libraries that are an inner matter, so that they can be replaced without breaking an app's types. An entry point may
 * show one only where that is what it is for.
 */
const innerLibraries = [
  'zod',
  'kysely',
  'pg',
  'mysql2',
  'jose',
  'hono',
  'express',
  'next',
  'arctic',
  '@node-rs/argon2',
  'vitest',
  'redis',
  'ioredis',
  'react',
]
const shownBy = {
  '@cardea/core/options': ['zod'],
  '@cardea/storage/testkit': ['vitest'],
  '@cardea/kysely': ['kysely', 'pg'],
  '@cardea/hono': ['hono'],
  '@cardea/express': ['express'],
  '@cardea/next': ['next'],
  '@cardea/client/react': ['react'],
}

/** Conformance suites run inside a test runner alone. */
const needsTestRunner = (entry) => entry.endsWith('/testkit')

const problems = []
const report = (where, what) => problems.push(`${where}: ${what}`)

const publicPackages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
  .filter(({ manifest }) => manifest.private !== true)

const temporary = mkdtempSync(join(tmpdir(), 'cardea-packages-'))
try {
  for (const { folder, manifest } of publicPackages) {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
    const tarball = join(temporary, packed.filename)
    checkFiles(
      folder,
      manifest,
      packed.files.map((file) => file.path),
    )
    checkImports(folder, manifest)
    run(manifest.name, 'publint', ['run', tarball, '--strict'])
    run(manifest.name, 'attw', ['--profile', 'esm-only', '--no-emoji', '--format', 'ascii', tarball])
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') continue
      const entry = join(manifest.name, subpath)
      if (!needsTestRunner(entry)) await load(entry)
      checkTypes(manifest.name, entry, join(folder, target.types))
    }
  }
} finally {
  rmSync(temporary, { recursive: true })
}

if (problems.length > 0) {
  console.error(problems.join('\n'))
  console.error(`\n${problems.length} problems in ${publicPackages.length} packages`)
  process.exitCode = 1
} else {
  console.log(`${publicPackages.length} packages are as they should be`)
}

function checkFiles(folder, manifest, files) {
  for (const wanted of ['README.md', 'LICENSE']) if (!files.includes(wanted)) report(manifest.name, `has no ${wanted}`)
  if (
    files.includes('LICENSE') &&
    readFileSync(join(folder, 'LICENSE'), 'utf8') !== readFileSync(join(root, 'LICENSE'), 'utf8')
  ) {
    report(manifest.name, 'has another LICENSE than the project')
  }
  for (const file of files) {
    if (/\.(test|test-d|fixture)\./.test(file)) report(manifest.name, `publishes ${file}`)
    if (!/^((dist|bin)\/.*\.(m?js|d\.ts)|package\.json|README\.md|LICENSE)$/.test(file)) {
      report(manifest.name, `publishes ${file}`)
    }
  }
  for (const target of [...Object.values(manifest.exports), ...Object.values(manifest.bin ?? {})]) {
    const { types, default: built } = typeof target === 'string' ? { default: target } : target
    for (const path of [types, built].filter((given) => given !== undefined)) {
      if (!files.includes(path.replace('./', ''))) report(manifest.name, `promises ${path}, which is not published`)
    }
  }
  for (const field of ['description', 'repository', 'homepage', 'bugs', 'license', 'keywords', 'engines']) {
    if (manifest[field] === undefined) report(manifest.name, `has no ${field} in its package.json`)
  }
  if (manifest.publishConfig?.access !== 'public') report(manifest.name, 'is not published with public access')
  for (const { manifest: other } of publicPackages) {
    const version = manifest.dependencies?.[other.name]
    if (version !== undefined && version !== other.version) {
      report(manifest.name, `depends on ${other.name} ${version}, which is ${other.version} here`)
    }
  }
}

/** Every import of what is published names a dependency or a peer: what hoisting happens to provide is not there elsewhere. */
function checkImports(folder, manifest) {
  const declared = new Set([
    manifest.name,
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }),
  ])
  const dist = join(folder, 'dist')
  const files = existsSync(dist) ? readdirSync(dist, { recursive: true }) : []
  if (files.length === 0) report(manifest.name, 'was not built')
  for (const file of files.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const text = readFileSync(join(dist, file), 'utf8')
    if (text.includes(root)) report(manifest.name, `names a folder of this machine in dist/${file}`)
    if (text.includes('sourceMappingURL')) report(manifest.name, `points to a map in dist/${file}`)
    for (const specifier of importsOf(text)) {
      if (specifier.startsWith('.')) {
        const target = resolve(dist, dirname(file), specifier)
        const wanted = file.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
        if (!existsSync(wanted)) report(manifest.name, `dist/${file} imports ${specifier}, which is not published`)
        continue
      }
      const name = specifier.match(/^(@[^/]+\/)?[^/]+/)[0]
      if (!isBuiltin(specifier) && !declared.has(name)) {
        report(manifest.name, `dist/${file} imports ${specifier}, which is neither dependency nor peer`)
      }
    }
  }
}

/** What a file imports, exports from or refers to. The compiler finds it: comments and texts hold such words, too. */
function importsOf(text) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true)
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName)
}

function run(name, tool, options) {
  const result = spawnSync(join(root, 'node_modules/.bin', tool), options, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (result.status !== 0) report(name, `${tool} says\n${result.error ?? `${result.stdout}${result.stderr}`}`)
}

/** CommonJS apps `require` the same files; that fails with a top-level await anywhere below. */
async function load(entry) {
  try {
    // In this order: what was imported before can always be required.
    require(entry)
    await import(entry)
  } catch (error) {
    report(entry, `cannot be loaded: ${error}`)
  }
}

/** Follows the declarations that an entry point shows, and finds libraries among what they import. */
function checkTypes(name, entry, declaration) {
  const allowed = [...(shownBy[name] ?? []), ...(shownBy[entry] ?? [])]
  const seen = new Set()
  const visit = (file) => {
    if (seen.has(file)) return
    seen.add(file)
    if (!existsSync(file)) return report(entry, `misses ${relative(root, file)}`)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts')))
      else {
        const library = innerLibraries.find((inner) => specifier === inner || specifier.startsWith(`${inner}/`))
        if (library !== undefined && !allowed.includes(library)) {
          report(entry, `shows ${library} in its types, in ${relative(root, file)}`)
        }
      }
    }
  }
  visit(declaration)
}
