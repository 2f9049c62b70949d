import { join } from 'node:path'
import { collectFacts } from './environment/facts.ts'
import { requireBuild } from './environment/require-build.ts'
import { packageFolder } from './environment/root.ts'
import { loadTool } from './load/tool.ts'
import { fullScale, smokeScale } from './measure/scale.ts'
import { readOptions } from './options/read-options.ts'
import { mergeKept, readKept, writeKept } from './report/kept-results.ts'
import type { PartResult } from './report/part.ts'
import { printPart } from './report/print.ts'
import { writeJson } from './report/write-json.ts'
import { writePage } from './report/write-page.ts'

const print = (line: string): void => console.log(line)

// Libraries look at this when they load, so nothing that loads one is imported before.
Object.assign(process.env, { NODE_ENV: 'production' })
requireBuild(print)
const { allParts } = await import('./parts/all-parts.ts')
const { createWorld, removeWorld } = await import('./world/create-world.ts')
const { findServerVersions } = await import('./world/server-versions.ts')

const options = readOptions(
  process.argv.slice(2),
  process.env,
  allParts.map(({ name }) => name),
)
const scale = options.smoke ? smokeScale : fullScale
const partNames = allParts.map(({ name }) => name)
if (options.render) {
  writePage(readKept())
  process.exit(0)
}
const load = loadTool(options.load)
const facts = collectFacts(load.name, await findServerVersions(), options.smoke)
print(`Node ${facts.node}, SQLite ${facts.sqlite}, ${facts.cpu}, ${facts.cores} cores, ${facts.platform}`)
print(`load average ${facts.loadAtStart.toFixed(2)}, HTTP load by ${facts.loadTool}, ${facts.date}`)
if (options.smoke) print('a smoke run: everything is tried, no number means anything')

let world: ReturnType<typeof createWorld> | undefined
const openWorld = (): ReturnType<typeof createWorld> => {
  world ??= createWorld(scale).then((made) => {
    // Also when somebody has seen enough.
    process.once('exit', () => removeWorld(made))
    return made
  })
  return world
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

if (options.profile !== undefined) {
  const { runProfile } = await import('./profile/run-profile.ts')
  await runProfile(options.profile, await openWorld(), load, print)
  process.exit(0)
}

const results: PartResult[] = []
for (const part of allParts) {
  if (options.only !== undefined && !options.only.includes(part.name)) continue
  const started = performance.now()
  const result = await part.run({ scale, world: openWorld, load })
  printPart(result, print)
  print(`   ${part.name} took ${((performance.now() - started) / 1_000).toFixed(1)} s`)
  results.push(result)
}
const missed = results.flatMap(({ verdicts }) => verdicts.filter(({ met }) => met === false))
const path = options.json ?? join(packageFolder, 'data', options.smoke ? 'smoke.json' : 'results.json')
writeJson(path, facts, results)
const outcome = options.smoke ? 'nothing was judged' : `${missed.length === 0 ? 'no' : missed.length} budgets missed`
print(`\n${outcome}; written to ${path}`)
if (options.writeDocs) {
  const kept = mergeKept(readKept(), facts, results, partNames)
  writeKept(kept)
  writePage(kept)
  print('docs/benchmarks.md is written')
}
// Pools of connections of other libraries would keep the process for a while.
process.exit(0)
