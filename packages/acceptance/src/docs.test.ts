import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, '.tsbuild/docs')

/** Every block of TypeScript in what users read, as a file of its own. */
function writeBlocks(): number {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pages = globSync(['README.md', 'docs/**/*.md', '{packages,examples}/*/README.md'], { cwd: root })
  let count = 0
  for (const page of pages) {
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

describe('the documentation', () => {
  it('shows code that compiles', { timeout: 300_000 }, () => {
    expect(writeBlocks()).toBeGreaterThan(5)
    const compiler = join(root, 'node_modules/typescript-7/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder], { cwd: root, encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })
})
