import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blocksOf, pages } from './docs/pages.js'
import { testsNext } from './next/builds.js'
import { nextPages, writeDocsApp } from './next/docs-app.js'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, '.tsbuild/docs')
const nextFolder = join(root, '.tsbuild/docs-next')

/** Every block of TypeScript in what users read, as a file of its own; those that name their files, beside each other. */
function writeBlocks(): number {
  rmSync(folder, { recursive: true, force: true })
  const blocks = pages
    .filter((page) => !nextPages.includes(page))
    .flatMap((page) => blocksOf(page).map((block, index) => ({ ...block, page, index })))
    .filter(({ language }) => language === 'ts')
  for (const { page, index, file, text } of blocks) {
    const place = page.replaceAll('/', '.').replace(/\.md$/, '')
    const path = join(folder, file === undefined ? `${place}.${index + 1}.ts` : join(place, file))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const options = {
    composite: false,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowImportingTsExtensions: true,
  }
  const configuration = { extends: '../../tsconfig.base.json', compilerOptions: options, include: ['**/*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
  return blocks.length
}

/** The same for pages that show the files of an app of Next, whose types and ways of importing are its own. */
function writeNextApps(): number {
  const options = {
    composite: false,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    module: 'preserve',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
  }
  const configuration = { extends: '../../tsconfig.base.json', compilerOptions: options, include: ['**/*'] }
  rmSync(nextFolder, { recursive: true, force: true })
  const counts = nextPages.map((page) => writeDocsApp(page, join(nextFolder, page.replace(/\W/g, '-'))))
  writeFileSync(join(nextFolder, 'tsconfig.json'), JSON.stringify(configuration))
  return Math.min(...counts)
}

function compile(project: string): void {
  const compiler = join(root, 'node_modules/typescript-7/bin/tsc')
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
}

describe('the documentation', () => {
  it('shows code that compiles', { timeout: 300_000 }, () => {
    expect(writeBlocks()).toBeGreaterThan(5)
    compile(folder)
  })

  it.skipIf(!testsNext)('shows apps of Next that compile', { timeout: 300_000 }, () => {
    expect(writeNextApps()).toBeGreaterThan(4)
    compile(nextFolder)
  })
})
