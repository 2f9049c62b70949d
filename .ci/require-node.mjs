// Runs on any Node that npm itself runs on, so that it can tell what is missing.
import { existsSync } from 'node:fs'
import process from 'node:process'

/** The oldest release with everything that Cardea and its tools use, `node:sqlite` and TypeScript in plain `node` included. */
const oldest = { major: 22, minor: 18 }
const wanted = `${oldest.major}.${oldest.minor}`

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const recent = major > oldest.major || (major === oldest.major && minor >= oldest.minor)

if (!recent) {
  // The development dependency `node` fetches its binary in an install script; npm scripts then run on that one.
  const fetched = ['node', 'node.exe'].some((name) =>
    existsSync(new URL(`../node_modules/node/bin/${name}`, import.meta.url)),
  )
  const advice = fetched
    ? ['The right one is in node_modules: use `npm run`, or put node_modules/.bin first in PATH.']
    : [
        'The package "node", which brings it for npm scripts, has no binary: install scripts are switched off',
        '(see `npm config get ignore-scripts`) or the download failed. Either run',
        '  npm rebuild node --ignore-scripts=false',
        `or install Node ${wanted} or later yourself.`,
      ]
  console.error([`This is Node ${process.versions.node}; ${wanted} or later is needed.`, ...advice].join('\n'))
  process.exitCode = 1
}
