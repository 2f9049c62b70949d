import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { run } from './work.mjs'

/** Conformance suites run inside a test runner alone. */
const needsTestRunner = (entry) => entry.endsWith('/testkit')

/** Loads entry points, one after the other, and tells what each shows and what it did to the process. */
const probe = (load) => `
  const watched = ['fetch', 'Request', 'Response', 'Headers', 'Date', 'Promise', 'JSON', 'crypto', 'setTimeout', 'console']
  const look = () => ({
    globals: Object.getOwnPropertyNames(globalThis),
    values: watched.map((name) => globalThis[name]),
    listeners: process.eventNames().map((name) => String(name) + process.listenerCount(name)),
    environment: JSON.stringify(process.env),
  })
  const main = async () => {
    for (const entry of process.argv.slice(2)) {
      const before = look()
      const shown = Object.keys(${load}).length
      const after = look()
      const changes = [
        // zod keeps its settings there.
        ...after.globals.filter((name) => !before.globals.includes(name) && !name.startsWith('__zod_')),
        ...watched.filter((_, index) => before.values[index] !== after.values[index]),
        ...after.listeners.filter((name) => !before.listeners.includes(name)),
        ...(before.environment === after.environment ? [] : ['process.env']),
      ]
      console.log(JSON.stringify({ entry, shown, changes }))
    }
  }
  main()`

/**
 * @returns Tasks that load entry points, by `import` in a project of modules, by `require` in one of CommonJS. On the Node
 * of the project each has a process of its own, so that none leans on what another has loaded.
 */
export function loadEntries(node, { kind, folder }, entries) {
  const program = join(folder, 'load.js')
  writeFileSync(program, probe(kind === 'module' ? 'await import(entry)' : 'require(entry)'))
  const loadable = entries.filter((entry) => !needsTestRunner(entry))
  const groups = node.program === process.execPath ? loadable.map((entry) => [entry]) : [loadable]
  return groups.map((group) => async () => {
    const where = `${group.length === 1 ? group[0] : 'the entry points'}, ${kind}, Node ${node.version}`
    // It has to end by itself: a timer or a socket would keep it.
    const { code, stdout, stderr } = await run(node.program, [program, ...group], { cwd: folder, limitSeconds: 30 })
    if (code !== 0)
      throw new Error(`${where}: ${code === null ? 'do not end' : 'cannot be loaded'}\n${stdout}${stderr}`)
    const loaded = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    if (loaded.length !== group.length) throw new Error(`${where}: ${loaded.length} of ${group.length} were loaded`)
    for (const { entry, shown, changes } of loaded) {
      if (shown === 0) throw new Error(`${entry}, ${where}: shows nothing`)
      // `sideEffects: false` says that there are none.
      if (changes.length > 0) throw new Error(`${entry}, ${where}: being loaded changes ${changes.join(', ')}`)
    }
    const said = stderr.replace(/^\(node:\d+\) ExperimentalWarning: SQLite .*\n(\(Use .*\n)?/gm, '')
    if (said !== '') throw new Error(`${where}: being loaded says ${said}`)
  })
}

/** @returns Tasks that ask the programs of our packages for help, where npm has put them. */
export function runPrograms(node, { kind, folder }, packages) {
  const names = packages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))
  return names.map((name) => async () => {
    const program = realpathSync(join(folder, 'node_modules/.bin', name))
    const { code, stdout, stderr } = await run(node.program, [program, '--help'], { cwd: folder, limitSeconds: 30 })
    if (code === 0 && stdout.includes(name)) return
    throw new Error(`${name} --help, ${kind}, Node ${node.version}: ends with ${code}\n${stdout}${stderr}`)
  })
}
