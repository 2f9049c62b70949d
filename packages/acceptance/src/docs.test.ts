import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testsNext } from './next/builds.js'
import { nextPages, writeDocsApp } from './next/docs-app.js'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, '.tsbuild/docs')
const nextFolder = join(root, '.tsbuild/docs-next')

/** Every block of TypeScript in what users read, as a file of its own. */
function writeBlocks(): number {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pages = globSync(['README.md', 'docs/**/*.md', '{packages,examples}/*/README.md'], { cwd: root })
  let count = 0
  for (const page of pages.filter((name) => !nextPages.includes(name))) {
    const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)
    for (const [index, [, code = '']] of [...blocks].entries()) {
      writeFileSync(join(folder, `${page.replaceAll('/', '.').replace(/\.md$/, '')}.${index + 1}.ts`), code)
      count += 1
    }
  }
  const options = { composite: false, noEmit: true, noUnusedLocals: false, noUnusedParameters: false }
  const configuration = { extends: '../../tsconfig.base.json', compilerOptions: options, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
  return count
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
