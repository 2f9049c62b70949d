#!/usr/bin/env node
// Not built, so that it is there when npm links it, also before the first build of the workspace. It runs on any Node,
// so that it can tell which one is needed.
import process from 'node:process'

async function start() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 18)) {
    throw new Error(`needs Node 22.18 or later, and this is ${process.versions.node}`)
  }
  const { main } = await import('../dist/index.js')
  main()
}

start().catch((/** @type {unknown} */ error) => {
  process.stderr.write(`cardea: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
