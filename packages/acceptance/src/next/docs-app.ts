import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../../../..')

/** Pages whose blocks are the files of an app of Next: the line before a block begins with the file's name. */
export const nextPages = ['docs/next.md', 'packages/next/README.md']

/** Writes the app that a page shows into a folder of its own. @returns The folder, and how many files there are. */
export function writeDocsApp(page: string, folder: string): number {
  rmSync(folder, { recursive: true, force: true })
  const text = readFileSync(join(root, page), 'utf8')
  const blocks = [...text.matchAll(/^([^\n]*)\n\n```tsx?\n(.*?)^```$/gms)]
  for (const [, before = '', code = ''] of blocks) {
    const name = /^`([^`\s]+\.tsx?)`/.exec(before)?.[1]
    if (name === undefined) throw new Error(`${page} does not name the file of ${code.slice(0, 60)}`)
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, code)
  }
  return blocks.length
}
