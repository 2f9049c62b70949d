import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { optionsPage } from './options-page.fixture.js'
import { root } from './pages.js'

it('docs/options.md is what the code says; `npm run docs:reference` writes it', () => {
  const page = join(root, 'docs/options.md')
  const written = optionsPage()
  if (process.env['CARDEA_WRITE_DOCS'] === '1') writeFileSync(page, written)
  expect(readFileSync(page, 'utf8')).toBe(written)
})
