// Bundles what apps load as they would, and fails where a size or the time of a cold import is over its budget. better-auth
// stands beside it, measured in the same way in the same run. Needs `npm run build` before.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
/** From here all that is measured resolves: better-auth, too. */
const base = join(root, 'packages/bench')

const manifests = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name, 'package.json'))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')))

/** Drivers that apps bring along, and native code. Neither is in anybody's bundle. */
const external = [
  '@node-rs/argon2',
  '@node-rs/bcrypt',
  ...manifests.flatMap(({ peerDependenciesMeta = {} }) =>
    Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name].optional),
  ),
]

/** The entry points of a package that apps import; none of a package that is not there. */
const entriesOf = (name) =>
  Object.entries(manifests.find((manifest) => manifest.name === name)?.exports ?? {})
    .filter(([subpath, target]) => typeof target !== 'string' && !subpath.endsWith('/testkit'))
    .map(([subpath]) => join(name, subpath))

const server = ['cardea', '@cardea/http']

/** In kB of 1,000 bytes, gzipped: what is loaded at once. What is imported when it is first needed is told beside it. */
const sizes = [
  { entries: server, budget: 100 },
  ...entriesOf('@cardea/kysely').map((storage) => ({ entries: [...server, storage], budget: 140 })),
  ...['@cardea/core', '@cardea/permissions'].map((name) => ({ entries: [name], platform: 'browser' })),
  { entries: ['@cardea/sessions/verify'], budget: 12, platform: 'browser' },
  ...entriesOf('@cardea/client')
    .slice(0, 1)
    .map((client) => ({ entries: [client], budget: 6, platform: 'browser' })),
  { entries: ['better-auth'] },
]

/** How long a new process takes to import it, as a share of better-auth's time. */
const imports = { entries: server, other: ['better-auth'], budget: 0.45, rounds: 15 }

let failed = false
const print = (what, value, budget, unit = '') => {
  const verdict = budget === undefined ? '' : value <= budget ? `  of ${budget}${unit}` : `  OVER ${budget}${unit}`
  if (budget !== undefined && value > budget) failed = true
  console.log(`${what.padEnd(54)} ${value.toFixed(unit === '' ? 2 : 1).padStart(6)}${unit}${verdict}`)
}

for (const { entries, budget, platform = 'node' } of sizes) {
  const { atOnce, later } = await gzippedKilobytes(entries, platform)
  print(entries.join(' + '), atOnce, budget, ' kB')
  if (later > 0) print('  and later, where it is needed', later, undefined, ' kB')
}
const [ours, others] = coldImports()
print(`cold import of ${imports.entries.join(' + ')}`, ours, undefined, ' ms')
print(`cold import of ${imports.other.join(' + ')}`, others, undefined, ' ms')
print(`the first by the second, medians of ${imports.rounds}`, ours / others, imports.budget)
process.exitCode = failed ? 1 : 0

/** The whole of each entry point in one bundle with shared parts shared, minified. */
async function gzippedKilobytes(entries, platform) {
  const outdir = join(base, 'dist')
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: entries.map((entry, index) => `export * as entry${index} from '${entry}'`).join('\n'),
      resolveDir: base,
    },
    absWorkingDir: root,
    bundle: true,
    external,
    format: 'esm',
    logLevel: 'error',
    metafile: true,
    minify: true,
    outdir,
    platform,
    splitting: true,
    write: false,
  })
  const sizeOf = new Map(
    outputFiles.map(({ path, contents }) => [resolve(path), gzipSync(contents, { level: 9 }).length / 1_000]),
  )
  const reached = new Set()
  const reach = (output) => {
    if (reached.has(output)) return
    reached.add(output)
    for (const { path, kind, external: isOpen } of metafile.outputs[output].imports) {
      if (kind === 'import-statement' && isOpen !== true) reach(path)
    }
  }
  // Chunks that are imported later have an entry point, too; the one that was asked for is no file.
  const outputs = Object.entries(metafile.outputs)
  for (const [output, { entryPoint }] of outputs) if (entryPoint === '<stdin>') reach(output)
  const sum = (chosen) => chosen.reduce((total, [output]) => total + (sizeOf.get(resolve(root, output)) ?? 0), 0)
  return {
    atOnce: sum(outputs.filter(([output]) => reached.has(output))),
    later: sum(outputs.filter(([output]) => !reached.has(output))),
  }
}

/** Medians in milliseconds. In turns, so that both meet the same load of the machine. */
function coldImports() {
  const times = [imports.entries, imports.other].map((entries) => ({ entries, all: [] }))
  for (let round = 0; round < imports.rounds; round += 1) {
    for (const { entries, all } of times) all.push(timeImport(entries))
  }
  return times.map(({ all }) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)])
}

function timeImport(entries) {
  const code = `
    const start = performance.now()
    ${entries.map((entry) => `await import('${entry}')`).join('\n')}
    process.stdout.write(String(performance.now() - start))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: base,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${entries.join(', ')} cannot be imported: ${stderr}`)
  return Number(stdout)
}
