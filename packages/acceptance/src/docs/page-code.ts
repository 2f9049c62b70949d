import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { blocksOf, root } from './pages.js'

/** The blocks of a page in a language, as they are printed. */
export const codeOf = (page: string, language: string): readonly string[] =>
  blocksOf(page)
    .filter((block) => block.language === language)
    .map(({ text }) => text)

/**
 * Loads a block of TypeScript as it is printed, but for what is replaced, so that a test calls what it exports.
 *
 * @param replaced Texts of the block by what stands in their place, such as the path of a database.
 */
export async function loadCode(
  page: string,
  index: number,
  replaced: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  let code = codeOf(page, 'ts')[index]
  if (code === undefined) throw new Error(`${page} has no block ${index}`)
  for (const [printed, own] of Object.entries(replaced)) {
    if (!code.includes(printed)) throw new Error(`${page} does not print ${printed}`)
    code = code.replaceAll(printed, own)
  }
  const folder = join(root, '.tsbuild/page-code')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${page.replaceAll('/', '.')}.${index}.${process.pid}.${loaded}.ts`)
  loaded += 1
  writeFileSync(file, code)
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as unknown
  } finally {
    rmSync(file)
  }
}

/** Modules are loaded once for each name, and a block may be wanted with another database. */
let loaded = 0
