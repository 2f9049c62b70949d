import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../../..')

/** What users read, by its path from the root. */
export const pages: readonly string[] = globSync(
  ['*.md', 'docs/**/*.md', '{packages,examples}/*/README.md', '.github/*.md'],
  { cwd: root },
).toSorted()

export const textOfPage = (page: string): string => readFileSync(join(root, page), 'utf8')

/** A fenced block. */
export interface Block {
  readonly language: string
  /** The file that it is, where the fence says so: `ts [auth.ts]`. */
  readonly file: string | undefined
  readonly text: string
  /** Where it begins, counted from 1. */
  readonly line: number
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly Block[] {
  const text = textOfPage(page)
  return [...text.matchAll(/^( *)```(\w*)(?: \[([^\]\n]+)\])?[^\n]*\n(.*?)^\1```$/gms)].map(
    ({ index, 2: language = '', 3: file, 4: inside = '' }) => ({
      language,
      file,
      text: inside,
      line: text.slice(0, index).split('\n').length,
    }),
  )
}

/** A page without its code, where nothing is a link. */
export const proseOf = (page: string): string =>
  textOfPage(page)
    .replaceAll(/^( *)```.*?^\1```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, (code) => (code.includes('](') ? '' : code))
