import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/** The folder that holds all packages. */
export const repository = join(import.meta.dirname, '../../..')

/** A place in the sources where something stands. */
export interface Finding {
  /** From the repository's root, with slashes. */
  readonly file: string
  readonly line: number
  /** Such as `Date.now`, `new Date()`, `any`. */
  readonly what: string
}

/** Packages that talk to the machine on purpose: they measure, start servers, or are programs. */
const free = new Set(['acceptance', 'bench', 'cli'])

/** Tests, what they share, and the suite that storage adapters run. */
const testing = /\.(test|test-d|fixture)\.tsx?$|^packages\/storage\/src\/testkit\//

/** The sources that apps run: every package without its tests, and without those packages. */
export function productSources(): readonly string[] {
  return readdirSync(join(repository, 'packages'))
    .filter((name) => !free.has(name))
    .flatMap((name) => sourcesBelow(join(repository, 'packages', name, 'src')))
    .filter((file) => !testing.test(file))
}

/** All sources of all packages, tests included. */
export function allSources(): readonly string[] {
  return readdirSync(join(repository, 'packages')).flatMap((name) =>
    sourcesBelow(join(repository, 'packages', name, 'src')),
  )
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

/**
 * Reads files and returns what `look` finds at their syntax nodes; comments and texts are no syntax.
 *
 * @param mention What stands in every file that has something to be found: the others need not be parsed.
 */
export function findIn(
  files: readonly string[],
  look: (node: ts.Node) => string | undefined,
  mention: RegExp,
): readonly Finding[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(repository, file), 'utf8')
    return mention.test(text) ? findInText(file, text, look) : []
  })
}

export function findInText(
  file: string,
  text: string,
  look: (node: ts.Node) => string | undefined,
): readonly Finding[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const findings: Finding[] = []
  const visit = (node: ts.Node): void => {
    const what = look(node)
    if (what !== undefined) {
      findings.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, what })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return findings
}

const machineMembers = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
])
const randomSources = new Set(['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'getRandomValues', 'webcrypto'])
const timers = new Set(['setTimeout', 'setInterval', 'setImmediate'])

/** Reads of the machine's clock, of random numbers, and of what follows from them. */
export function machineAccess(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const member = `${node.expression.getText().replace(/^globalThis\./, '')}.${node.name.text}`
    if (machineMembers.has(member)) return member
  }
  if (ts.isNewExpression(node) && isGlobal(node.expression, 'Date') && !node.arguments?.length) return 'new Date()'
  if (ts.isCallExpression(node) && isGlobal(node.expression, 'Date')) return 'Date()'
  if (ts.isIdentifier(node) && randomSources.has(node.text)) return node.text
  return undefined
}

/** Timers, by their global names or from the module that has them. */
export function timer(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) && /^(node:)?timers(\/|$)/.test(node.text) && !ts.isLiteralTypeNode(node.parent)) {
    return node.text
  }
  // A type that speaks of a timer starts none.
  if (ts.isIdentifier(node) && timers.has(node.text) && !ts.isTypeQueryNode(node.parent)) return node.text
  return undefined
}

/** Calls of the global `fetch`; one that was passed in is a member of something, or declared in the file. */
export function globalFetch(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node) || node.text !== 'fetch') return undefined
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === 'globalThis' ? 'globalThis.fetch' : undefined
  }
  const declared = /[({,]\s*fetch\s*[:,})=]|\b(const|let|function)\s+fetch\b/.test(node.getSourceFile().text)
  return ts.isCallExpression(parent) && parent.expression === node && !declared ? 'fetch()' : undefined
}

/** Names of what only whoever is asked for it should know, or of what is made from that. */
const secretName = /(?:^|_|[a-z])(?:hash|hashes|mac|digest|secret|signature|token)$/i

/** Comparisons that end at the first difference, so that their time tells how much of a secret was right. */
export function hastyComparison(node: ts.Node): string | undefined {
  if (!ts.isBinaryExpression(node)) return undefined
  const { operatorToken, left, right } = node
  const kinds = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]
  if (!kinds.includes(operatorToken.kind)) return undefined
  const isSecret = (side: ts.Expression): boolean =>
    ts.isPropertyAccessExpression(side)
      ? secretName.test(side.name.text)
      : ts.isIdentifier(side) && secretName.test(side.text)
  const saysNothing = (side: ts.Expression): boolean =>
    ts.isLiteralExpression(side) || ['undefined', 'null', 'true', 'false'].includes(side.getText())
  const hasty = (isSecret(left) && !saysNothing(right)) || (isSecret(right) && !saysNothing(left))
  return hasty ? node.getText() : undefined
}

/** Ciphers, by the functions that Node and the Web have for them. */
export function cipher(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node) || !/^create(?:C|Dec)ipheriv$|^(?:public|private)(?:En|De)crypt$/.test(node.text))
    return undefined
  return node.text
}

/** Derivations of keys and hashes of passwords that hold up all else until they are done. */
export const heldUp = (node: ts.Node): string | undefined =>
  ts.isIdentifier(node) && /^(?:scrypt|pbkdf2|argon2|hash|verify|compare|generateKeyPair)Sync$/.test(node.text)
    ? node.text
    : undefined

/** The type that switches checking off. */
export const anyType = (node: ts.Node): string | undefined =>
  node.kind === ts.SyntaxKind.AnyKeyword ? 'any' : undefined

/** Imports of zod that keep a bundler from leaving out what is not used: all but `import * as z from 'zod/mini'`. */
export function wholeZod(node: ts.Node): string | undefined {
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return undefined
  if (!/^zod(\/|$)/.test(node.moduleSpecifier.text)) return undefined
  const { importClause } = node
  const namespace = importClause?.namedBindings !== undefined && ts.isNamespaceImport(importClause.namedBindings)
  const mini = node.moduleSpecifier.text === 'zod/mini'
  return mini && namespace && importClause.name === undefined ? undefined : node.getText()
}

function isGlobal(expression: ts.Expression, name: string): boolean {
  return expression.getText().replace(/^globalThis\./, '') === name
}
