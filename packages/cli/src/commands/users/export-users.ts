import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError, type ExitCode } from '../../cli-error.js'
import { type InstanceOptions, withInstance } from '../../config/with-instance.js'
import type { CliIo } from '../../io.js'
import type { Printer } from '../../output/printer.js'
import { collectionOf } from './collection-of.js'

export interface ExportUsersOptions extends InstanceOptions {
  readonly format: 'jsonl' | 'csv'
  readonly collection: string
  readonly output?: string | undefined
  readonly withPasswordHashes?: boolean | undefined
}

/** Writes all users of a collection. */
export async function exportUsers(io: CliIo, printer: Printer, options: ExportUsersOptions): Promise<ExitCode> {
  const { format, collection, output } = options
  return await withInstance(io, options, async ({ auth }): Promise<ExitCode> => {
    const api = await collectionOf(auth, collection)
    const users = api.export({ format, withPasswordHashes: options.withPasswordHashes === true })
    if (output === undefined) {
      for await (const text of users) {
        // Data as it is: what is taken out of messages may be part of it.
        io.stdout(text)
        await io.drain()
      }
      return 0
    }
    const path = resolve(io.cwd(), output)
    const file = await create(path)
    try {
      for await (const text of users) await file.writeFile(text)
    } finally {
      await file.close()
    }
    printer.note(`The users are in ${path}.`)
    return 0
  })
}

/** A new file that nobody else of the machine reads. */
async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (cause) {
    throw new CliError('usage', `--output: ${path} is there already, or cannot be made`, { cause })
  }
}
