// What a stranger meets: packs every public package, installs them by the line of the README into empty projects outside of
// the repository, an ES module and a CommonJS one, and there, on each Node that is promised, loads every entry point, runs
// the README's app and, with each compiler, checks types. Needs `npm run build` before, and the npm registry.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { checkTypes } from './install/check-types.mjs'
import { loadEntries, runPrograms } from './install/load-entries.mjs'
import { installNodes } from './install/nodes.mjs'
import { installProject, projectKinds, readInstallLines } from './install/project.mjs'
import { packAll, servePackages } from './install/registry.mjs'
import { runTenLines, writeTenLines } from './install/ten-lines.mjs'
import { inTurns, problems } from './install/work.mjs'

const folder = mkdtempSync(join(tmpdir(), 'cardea-install-'))
const since = performance.now()
const seconds = () => `${((performance.now() - since) / 1_000).toFixed(0)} s`
const say = (line) => console.log(`${seconds().padStart(6)}  ${line}`)

const packages = await packAll(join(folder, 'tarballs'))
say(`${packages.length} packages packed`)

const registry = await servePackages(packages)
try {
  const [nodes, ...projects] = await Promise.all([
    installNodes(),
    ...projectKinds.map((kind) => installProject(kind, join(folder, kind), packages, registry.url)),
  ])
  say(`installed into ${projects.length} empty projects: ${readInstallLines().join(' ')}`)
  say(`Node ${nodes.map(({ version }) => version).join(', ')}`)
  for (const project of projects) writeTenLines(project)

  const entries = packages.flatMap(({ entries }) => entries)
  const pairs = nodes.flatMap((node) => projects.map((project) => ({ node, project })))
  await inTurns(
    pairs.flatMap(({ node, project }) => [
      ...loadEntries(node, project, entries),
      ...runPrograms(node, project, packages),
    ]),
  )
  say(`${entries.length} entry points loaded by import and by require`)
  await inTurns(
    pairs.map(
      ({ node, project }) =>
        () =>
          runTenLines(node, project),
    ),
  )
  say("the README's app: signed up, signed in, asked its guarded routes")
  const programs = checkTypes(projects[0], entries)
  await inTurns(programs)
  say(`types checked in ${programs.length} ways`)
} finally {
  registry.close()
  if (process.env['CARDEA_KEEP'] === undefined) rmSync(folder, { recursive: true, force: true })
  else console.log(`kept: ${folder}`)
}

if (problems.length > 0) {
  console.error(`\n${problems.join('\n')}\n\n${problems.length} problems`)
  process.exitCode = 1
} else say('a stranger can install the packages')
