import { pathToFileURL } from 'node:url'
import { isCardeaError } from '@cardea/core'
import { CliError } from '../cli-error.js'
import type { CliIo } from '../io.js'
import { explainImport } from './explain-import.js'
import { type Instance, isInstance } from './instance.js'

/**
 * Loads the module and takes the instance that it exports, as `default` or as `auth`, or makes it with the function that
 * it exports.
 *
 * @throws CliError `configuration_invalid` that says what is wrong with the module.
 */
export async function loadConfig(io: CliIo, path: string): Promise<Instance> {
  let module: unknown
  try {
    module = await io.importModule(pathToFileURL(path).href)
  } catch (error) {
    // What createCardea refuses, it names itself.
    if (isCardeaError(error)) throw error
    throw new CliError('configuration_invalid', explainImport(path, error), { cause: error })
  }
  const exported = exportOf(module)
  const made: unknown = isFactory(exported) ? await exported() : exported
  if (isInstance(made)) return made
  throw new CliError('configuration_invalid', `${path} ${describe(exported, made)}`)
}

const isFactory = (value: unknown): value is () => unknown => typeof value === 'function'

/** The first that can be used of what a module may export. A CommonJS module as a whole is its own default export. */
function exportOf(module: unknown): unknown {
  const own = memberOf(module, 'default')
  const candidates = [own, memberOf(module, 'auth'), memberOf(own, 'auth'), memberOf(own, 'default')]
  const isUsable = (value: unknown): boolean => isInstance(value) || isFactory(value)
  return candidates.find(isUsable) ?? candidates.find((value) => value !== undefined)
}

function memberOf(value: unknown, name: string): unknown {
  // Any object can be looked into; what is there is checked by the caller.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

function describe(exported: unknown, made: unknown): string {
  const wanted =
    'export the instance that createCardea made, as `auth` or as the default, or a function that returns it'
  if (exported === undefined) return `exports no instance: ${wanted}`
  // An instance has had this method from the first version on.
  if (typeof memberOf(made, 'migrate') === 'function') {
    return 'exports an instance of another version of cardea than @cardea/cli: give both the same version'
  }
  return isFactory(exported)
    ? `exports a function that returns no instance: ${wanted}`
    : `exports something else: ${wanted}`
}
