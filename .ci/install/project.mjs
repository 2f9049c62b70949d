import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { npm, problems } from './work.mjs'

const root = resolve(import.meta.dirname, '../..')

/** The kinds of project, by the `type` of their package.json. */
export const projectKinds = ['module', 'commonjs']

/** What the README tells to install. @returns The names of two lines: for running, for developing. */
export function readInstallLines() {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const names = (pattern) => pattern.exec(text)?.[1]?.trim().split(/\s+/) ?? []
  const running = names(/^npm install (cardea [^#\n]+)/m)
  const developing = names(/^npm install --save-dev ([^#\n]+)/m)
  if (running.length < 3 || developing.length < 1) throw new Error('README.md has no lines that install')
  return [...running, ...developing]
}

/** Makes an empty project and installs what the README names, and those of our packages that these do not bring. */
export async function installProject(kind, folder, packages, registryUrl) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: `a-stranger-${kind}`, private: true, type: kind }))
  // Ours come from here; all others from where npm takes them. A package without a scope has no registry of its own.
  writeFileSync(join(folder, '.npmrc'), `@cardea:registry=${registryUrl}\n`)
  const lines = readInstallLines()
  const brought = new Set(lines.flatMap((name) => [name, ...dependenciesOf(name, packages)]))
  const others = packages.map(({ manifest }) => manifest.name).filter((name) => !brought.has(name))
  const specifiers = [...lines, ...others].map((name) => {
    const ours = packages.find(({ manifest }) => manifest.name === name)
    if (ours === undefined) return `${name}@${versionHere(name)}`
    return name.startsWith('@') ? name : ours.tarball
  })
  // Hooks are nothing without what they hook into, and of Next not any version can be had everywhere.
  const peers = ['react', '@types/react', 'react-dom', 'next'].map((name) => `${name}@${versionHere(name)}`)
  await npm(['install', ...specifiers, ...peers], folder)
  for (const { manifest } of packages) {
    if (!existsSync(join(folder, 'node_modules', manifest.name))) problems.push(`${kind}: ${manifest.name} is missing`)
  }
  return { kind, folder }
}

function dependenciesOf(name, packages) {
  const found = packages.find(({ manifest }) => manifest.name === name)
  return Object.keys(found?.manifest.dependencies ?? {}).flatMap((below) => [below, ...dependenciesOf(below, packages)])
}

/** The version that the lock file holds, so that tomorrow's releases of others do not decide over today's run. */
const versionHere = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
