import { isCardeaError } from '@cardea/core'
import type { SigningKeyView } from 'cardea'
import { CliError, type ExitCode } from '../cli-error.js'
import { type InstanceOptions, withInstance } from '../config/with-instance.js'
import type { CliIo } from '../io.js'
import type { Printer } from '../output/printer.js'

export interface RotateKeysOptions extends InstanceOptions {
  readonly now?: boolean | undefined
}

const colours = { upcoming: 'yellow', signing: 'green', accepted: 'dim', retired: 'dim' } as const

/** Prints the key pairs that sign access tokens; nothing of it is secret. */
export async function listKeys(io: CliIo, printer: Printer, options: InstanceOptions): Promise<ExitCode> {
  const keys = await withInstance(io, options, ({ auth }) => auth.keys.list())
  if (printer.json) printer.data({ keys: keys.map(plain) })
  else if (keys.length === 0)
    printer.note('There are none: access tokens are signed with a key derived from the secret.')
  else for (const key of keys) printKey(printer, key)
  return 0
}

/** Makes the next key. */
export async function rotateKeys(io: CliIo, printer: Printer, options: RotateKeysOptions): Promise<ExitCode> {
  const key = await withInstance(io, options, ({ auth }) => auth.keys.rotate({ now: options.now === true }))
  if (printer.json) printer.data({ key: plain(key) })
  else printKey(printer, key)
  return 0
}

/** Ends a key and all its tokens. */
export async function retireKey(io: CliIo, printer: Printer, id: string, options: InstanceOptions): Promise<ExitCode> {
  const key = await withInstance(io, options, async ({ auth }) => {
    try {
      return await auth.keys.retire(id)
    } catch (error) {
      if (!isCardeaError(error, 'not_found')) throw error
      throw new CliError('not_found', 'there is no such key; see `cardea keys list`', { cause: error })
    }
  })
  if (printer.json) printer.data({ key: plain(key) })
  else printKey(printer, key)
  return 0
}

function printKey(printer: Printer, { id, algorithm, state, notBefore, retireAt, opens }: SigningKeyView): void {
  const until = retireAt === null ? '' : `  until ${instant(retireAt)}`
  const sealed = opens || state === 'retired' ? '' : '  no secret opens it'
  printer.line(
    `${id}  ${algorithm}  ${printer.paint(colours[state], state.padEnd(8))}  from ${instant(notBefore)}${until}${sealed}`,
  )
}

/** For programs, as the HTTP API writes instants and names. */
const plain = ({ id, algorithm, state, opens, createdAt, notBefore, retireAt }: SigningKeyView) => ({
  id,
  algorithm,
  state,
  opens,
  created_at: instant(createdAt),
  not_before: instant(notBefore),
  retire_at: retireAt === null ? null : instant(retireAt),
})

const instant = (milliseconds: number): string => new Date(milliseconds).toISOString()
