// The client depends on nothing, not even for its types: declarations of other packages that its own ones name are copied into
// it. Runs after the compiler, as part of `npm run build:types`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'packages/client/dist')
const specifiers = /(\bfrom\s+|\bimport\()(['"])([^'"]+)\2/g

/** Where the copy of a declaration of another package goes. */
const copyOf = (file) => join(dist, 'types', relative(join(root, 'packages'), file).replace(/[/\\]dist[/\\]/, '/'))

/** The declarations of an entry point of a package of this workspace. */
function entryOf(specifier) {
  const [, name, subpath = ''] = /^@cardea\/([^/]+)(\/.+)?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const folder = join(root, 'packages', name)
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, exports[`.${subpath}`].types)
}

const copied = new Set()

/** Copies a declaration, and whatever it names in turn. */
function copy(file) {
  if (copied.has(file)) return
  copied.add(file)
  if (!existsSync(file)) throw new Error(`${file} is not there: build the packages first`)
  const target = copyOf(file)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, rewritten(file, target))
}

/** The text of a declaration whose imports lead to copies. */
function rewritten(file, target) {
  return readFileSync(file, 'utf8').replaceAll(specifiers, (whole, before, quote, specifier) => {
    const isRelative = specifier.startsWith('.')
    const other = isRelative ? resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts')) : entryOf(specifier)
    // Of the client itself, relative paths are right as they are.
    if (other === undefined || (isRelative && file === target)) return whole
    copy(other)
    const path = relative(dirname(target), copyOf(other))
      .replaceAll('\\', '/')
      .replace(/\.d\.ts$/, '.js')
    return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`
  })
}

for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith('.d.ts') || name.startsWith('types')) continue
  const file = join(dist, name)
  writeFileSync(file, rewritten(file, file))
}
