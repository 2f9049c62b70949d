import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../environment/root.ts'
import type { KeptPart } from './kept-results.ts'
import { renderPage } from './render-page.ts'

export const pagePath = join(root, 'docs/benchmarks.md')

export function writePage(parts: readonly KeptPart[]): void {
  writeFileSync(pagePath, renderPage(parts))
}
