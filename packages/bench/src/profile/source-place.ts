import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../environment/root.ts'
import type { SelfTime } from './self-time.ts'

/** Says where a function stands: in the source where the build tells, else in the file that ran. */
export function createPlaceOf(): (time: SelfTime) => string {
  const maps = new Map<string, SourceMap | undefined>()
  return ({ url, line, column }) => {
    if (!url.startsWith('file:')) return url === '' ? '' : `${url}:${line}`
    const path = fileURLToPath(url)
    if (!maps.has(path)) maps.set(path, readMap(`${path}.map`))
    const entry = maps.get(path)?.findEntry(line - 1, column - 1)
    const mapped = entry !== undefined && 'originalSource' in entry
    const place = mapped ? resolve(dirname(path), entry.originalSource) : path
    return `${relative(root, place)}:${mapped ? entry.originalLine + 1 : line}`
  }
}

function readMap(path: string): SourceMap | undefined {
  if (!path.includes('/packages/') || !existsSync(path)) return undefined
  // Written by our own build.
  return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload)
}
