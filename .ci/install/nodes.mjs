import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { npm, run } from './work.mjs'

const root = resolve(import.meta.dirname, '../..')
/** Kept between runs. Not below node_modules, where npm takes the project around it for its own. */
const cache = join(root, '.cache/nodes')

/** The oldest that the packages promise, the one of the project, and the newest. */
const wanted = ['22.18.0', '24', '26']

/** @returns For each: its version and the path of its program. The npm package `node` brings them. */
export async function installNodes() {
  return await Promise.all(wanted.map(findNode))
}

async function findNode(wantedVersion) {
  const own = process.versions.node
  if (own.startsWith(`${wantedVersion}.`)) return { version: own, program: process.execPath }
  return await installNode(wantedVersion)
}

async function installNode(wantedVersion) {
  const folder = join(cache, wantedVersion)
  const program = join(folder, 'node_modules/node/bin/node')
  if (!(await works(program, wantedVersion))) {
    mkdirSync(folder, { recursive: true })
    // Its install script, and no other, fetches the program.
    const manifest = { private: true, allowScripts: { node: true } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    await npm(['install', `node@${wantedVersion}`, '--ignore-scripts=false'], folder)
  }
  const version = await works(program, wantedVersion)
  if (version === undefined) throw new Error(`the npm package node@${wantedVersion} brought no program that runs`)
  return { version, program }
}

async function works(program, wantedVersion) {
  if (!existsSync(program)) return undefined
  const { code, stdout } = await run(program, ['--version'], {})
  const version = stdout.trim().slice(1)
  return code === 0 && `${version}.`.startsWith(`${wantedVersion}.`) ? version : undefined
}
