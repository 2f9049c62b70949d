import { messageOf } from '../output/failure.js'

/** Why a module could not be loaded, and the way out, in one line. */
export function explainImport(path: string, error: unknown): string {
  const message = messageOf(error)
  const said = `${path} cannot be loaded: ${message}`
  switch (codeOf(error)) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `${said}. Node strips types and cannot strip syntax that makes code: write an object for an enum, a field for a parameter property, a module for a namespace; or name a built JavaScript file with --config`
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `${said}. Node ${process.versions.node} does not run TypeScript here: use 22.18 or later without --no-strip-types, or name a built file with --config`
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return `${said}. A package in node_modules must be published as JavaScript`
    case 'ERR_MODULE_NOT_FOUND':
    case 'MODULE_NOT_FOUND':
      return `${said}. ${missingModule(message)}`
    default:
      return `${said}${missingExport(message)}`
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

function missingModule(message: string): string {
  const name = /package '([^']+)'/.exec(message)?.[1]
  if (name === undefined) return 'Mend the path of the import'
  if (/^[~#]|^@\//.test(name)) {
    return 'Node knows no path aliases of tsconfig.json: import by a relative path, or by `imports` of package.json'
  }
  return `Install it: npm install ${name}`
}

/** Types are stripped before modules are linked, so an import that names one finds nothing. */
function missingExport(message: string): string {
  const name = /does not provide an export named '([^']+)'/.exec(message)?.[1]
  return name === undefined ? '' : `. Export ${name} there; if it is a type, import it with \`import type\``
}
