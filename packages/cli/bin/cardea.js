#!/usr/bin/env node
// Not built, so that it is there when npm links it, also before the first build of the workspace. It runs on any Node,
// so that it can tell which one is needed.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  import('../dist/index.js').then(({ main }) => main())
} else {
  process.stderr.write(`cardea: needs Node 22.18 or later, and this is ${process.versions.node}\n`)
  process.exitCode = 1
}
