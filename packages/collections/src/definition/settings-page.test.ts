import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { settingsPage } from './settings-page.fixture.js'

const page = join(import.meta.dirname, '../../../../docs/settings.md')

it('docs/settings.md is what the schema says; `npm run docs:reference` writes it', () => {
  const written = settingsPage()
  if (process.env['CARDEA_WRITE_DOCS'] === '1') writeFileSync(page, written)
  expect(readFileSync(page, 'utf8')).toBe(written)
})
