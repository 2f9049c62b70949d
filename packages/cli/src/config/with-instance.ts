import type { CliIo } from '../io.js'
import { findConfig } from './find-config.js'
import { fromEnvironment, nameVariable } from './from-environment.js'
import type { OpenedInstance } from './instance.js'
import { loadConfig } from './load-config.js'

/** Where the instance of a command comes from. */
export interface InstanceOptions {
  readonly config?: string | undefined
}

/** Opens the instance, works with it, and closes it whatever happens, so that the process can end. */
export async function withInstance<Result>(
  io: CliIo,
  { config }: InstanceOptions,
  work: (opened: OpenedInstance) => Promise<Result>,
): Promise<Result> {
  const path = findConfig(io.cwd(), config)
  const auth = path === undefined ? await fromEnvironment(io) : await loadConfig(io, path)
  try {
    return await work({ auth, source: path ?? 'environment' })
  } catch (error) {
    throw path === undefined ? nameVariable(error) : error
  } finally {
    // What was answered stays true when a connection cannot be closed.
    await auth.close().catch(() => undefined)
  }
}
