import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { readTenLines, toCommonJs } from './ten-lines.mjs'
import { run } from './work.mjs'

const root = resolve(import.meta.dirname, '../..')

const compilers = { 6: 'node_modules/typescript/bin/tsc', 7: 'node_modules/typescript-7/bin/tsc' }

/** How projects are set up: what Node does, and what bundlers do. */
const resolutions = {
  nodenext: { module: 'nodenext' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
}

/**
 * Entry points whose declarations name something that the README's line does not install: a test runner, the driver of a
 * database. They can be imported without it where declarations are not checked, as in most projects.
 */
const needsMore = (entry) => /\/(testkit|postgres|mysql)$/.test(entry)

/** Which compiler meets which set-up. The older one takes long; the two decide alike. */
const runs = [
  { compiler: 6, resolution: 'nodenext', exactOptionalPropertyTypes: true },
  { compiler: 6, resolution: 'bundler', exactOptionalPropertyTypes: false },
  { compiler: 7, resolution: 'nodenext', exactOptionalPropertyTypes: true },
  { compiler: 7, resolution: 'nodenext', exactOptionalPropertyTypes: false },
  { compiler: 7, resolution: 'bundler', exactOptionalPropertyTypes: true },
  { compiler: 7, resolution: 'bundler', exactOptionalPropertyTypes: false },
  { compiler: 7, resolution: 'nodenext', exactOptionalPropertyTypes: true, skipLibCheck: true, dom: true },
  { compiler: 7, resolution: 'bundler', exactOptionalPropertyTypes: true, dom: true },
]

/** @returns A task for each run. Both kinds of module are in each: what decides is the ending of a file's name. */
export function checkTypes({ folder }, entries) {
  writeSources(join(folder, 'types'), entries)
  return runs.map(({ compiler, resolution, exactOptionalPropertyTypes, skipLibCheck = false, dom = false }, index) => {
    const configuration = join(folder, `tsconfig.${index}.json`)
    const compilerOptions = {
      ...resolutions[resolution],
      target: 'es2024',
      lib: dom ? ['es2024', 'dom', 'dom.iterable'] : ['es2024'],
      types: ['node'],
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes,
      // Otherwise our declarations are not looked at, only what is used of them.
      skipLibCheck,
    }
    const exclude = skipLibCheck ? [] : ['types/drivers.*']
    writeFileSync(configuration, JSON.stringify({ compilerOptions, include: ['types'], exclude }))
    return async () => {
      const program = join(root, compilers[compiler])
      const words = [program, '--project', configuration, '--pretty', 'false']
      const { stdout } = await run(process.execPath, words, { cwd: folder, limitSeconds: 120 })
      const where = `types, TypeScript ${compiler}, ${JSON.stringify(compilerOptions)}`
      const errors = stdout.split('\n').filter((line) => / error TS\d+: |^error TS/.test(line) && !isOfOthers(line))
      const [expected, unexpected] = [errors.filter(isTypo), errors.filter((line) => !isTypo(line))]
      if (unexpected.length > 0) throw new Error(`${where}\n${unexpected.join('\n')}`)
      if (expected.length !== 2) throw new Error(`${where}\na permission with a typo compiles\n${stdout}`)
    }
  })
}

/** What libraries of others have in their own declarations, such as Hono's, which want the types of a browser. */
const isOfOthers = (line) => /^node_modules\/(?!cardea\/|@cardea\/)/.test(line)

const isTypo = (line) => line.startsWith('types/typo.') && line.includes('"content:reed"')

function writeSources(folder, entries) {
  mkdirSync(folder, { recursive: true })
  const app = readTenLines()
  const typo = app.replace("requirePermission('content:read')", "requirePermission('content:reed')")
  if (typo === app) throw new Error('the ten lines of README.md ask for no content:read')
  const importing = (names) =>
    names
      .map(
        (entry, index) =>
          `import * as entry${index} from '${entry}'\nexport const all${index}: object = entry${index}\n`,
      )
      .join('')
  const everything = importing(entries.filter((entry) => !needsMore(entry)))
  const drivers = importing(entries.filter((entry) => needsMore(entry)))
  const commonJs = (code) => toCommonJs(code, (names, from) => `import ${names} from ${from}`)
  const sources = {
    'app.mts': app,
    'app.cts': commonJs(app),
    'typo.mts': typo,
    'typo.cts': commonJs(typo),
    'everything.mts': everything,
    'everything.cts': everything,
    'drivers.mts': drivers,
    'drivers.cts': drivers,
    ...Object.fromEntries(readmeBlocks().map((code, index) => [`readme-${index}.mts`, code])),
  }
  for (const [name, code] of Object.entries(sources)) writeFileSync(join(folder, name), code)
}

/** The other blocks of the README: what they show compiles in a stranger's project as well. */
function readmeBlocks() {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)
  return blocks.filter((code) => code !== readTenLines())
}
