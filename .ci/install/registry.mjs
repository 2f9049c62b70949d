import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { npm } from './work.mjs'

const root = resolve(import.meta.dirname, '../..')

/** @returns Every public package as `npm publish` would send it. */
export async function packAll(folder) {
  mkdirSync(folder, { recursive: true })
  const sources = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((source) => existsSync(join(source, 'package.json')))
    .map((source) => ({ source, manifest: JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
  const folders = sources.map(({ source }) => source)
  const packed = JSON.parse(
    await npm(['pack', ...folders, '--json', '--ignore-scripts', '--pack-destination', folder], root),
  )
  return sources.map(({ manifest }) => {
    const { filename, integrity, shasum } = packed.find(({ name }) => name === manifest.name)
    const entries = Object.entries(manifest.exports)
      .filter(([, target]) => typeof target !== 'string')
      .map(([subpath]) => join(manifest.name, subpath))
    return { manifest, entries, integrity, shasum, tarball: join(folder, filename) }
  })
}

/** Serves the packages as a registry does, so that they depend on each other by name and version. */
export async function servePackages(packages) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const found = packages.find(({ manifest }) => path === manifest.name || path === `${manifest.name}.tgz`)
    if (found === undefined) return void response.writeHead(404).end()
    if (path.endsWith('.tgz')) return void response.end(readFileSync(found.tarball))
    const { manifest, integrity, shasum } = found
    const dist = { tarball: `${url}${manifest.name}.tgz`, integrity, shasum }
    const document = {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${server.address().port}/`
  return { url, close: () => server.close() }
}
