import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder, root } from '../environment/root.ts'

/** What a compiler says about its work. */
export interface TypeCheck {
  /** Of the checker alone, in seconds. */
  readonly checkSeconds: number
  readonly instantiations: number
}

export const compilers = { 'TypeScript 6': 'typescript', 'TypeScript 7': 'typescript-7' } as const

const settings = {
  compilerOptions: {
    target: 'ES2024',
    lib: ['ES2024', 'DOM', 'DOM.Iterable'],
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  },
  files: ['app.ts'],
}

/** A folder with one file, from which the packages resolve as they are built. */
export function createProject(code: string): { readonly folder: string; readonly remove: () => void } {
  const data = join(packageFolder, 'data')
  mkdirSync(data, { recursive: true })
  const folder = mkdtempSync(join(data, 'types-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  writeFileSync(join(folder, 'app.ts'), code)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** @throws Error when the code does not compile: then its numbers would mean nothing. */
export function checkTypes(folder: string, compiler: keyof typeof compilers): TypeCheck {
  const program = join(root, 'node_modules', compilers[compiler], 'bin/tsc')
  const words = [program, '-p', folder, '--extendedDiagnostics', '--pretty', 'false']
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${compiler} refuses what it is given:\n${stdout.slice(0, 2_000)}${stderr}`)
  return {
    checkSeconds: readNumber(stdout, /^Check time:\s+([\d.]+)s$/m),
    instantiations: readNumber(stdout, /^Instantiations:\s+(\d+)$/m),
  }
}

function readNumber(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`a compiler does not say ${pattern}`)
  return Number(found)
}
