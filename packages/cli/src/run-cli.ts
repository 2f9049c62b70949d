import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { CommanderError } from 'commander'
import { CliError, type ExitCode } from './cli-error.js'
import type { CommonOptions } from './common-options.js'
import type { CliIo } from './io.js'
import { stackOf, toFailure } from './output/failure.js'
import { createPrinter } from './output/printer.js'
import { createProgram, printerFor } from './program.js'

/**
 * Runs the command line.
 *
 * @param argv The words after `cardea`.
 * @returns The exit code. Nothing is thrown: errors are printed.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  try {
    const program = createProgram(io, async (work, options) => {
      prepare(io, options)
      exitCode = await work(printerFor(io, options))
    })
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are answers, not errors; help that nobody asked for went to stderr.
      if (error.exitCode === 0) return 0
      if (error.code === 'commander.help') return 2
    }
    return reportFailure(io, error instanceof CommanderError ? usageError(error) : error, formOf(argv))
  }
}

/** What holds for every command: the folder, and variables from a file. */
function prepare(io: CliIo, { cwd, dotenv }: CommonOptions): void {
  if (cwd !== undefined) {
    try {
      io.chdir(resolve(io.cwd(), cwd))
    } catch (cause) {
      throw new CliError('usage', `--cwd: there is no folder ${resolve(io.cwd(), cwd)}`, { cause })
    }
  }
  if (dotenv === undefined) return
  const path = resolve(io.cwd(), dotenv)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CliError('usage', `--dotenv: ${path} cannot be read`, { cause })
  }
  for (const [name, value] of Object.entries(parseEnv(text))) io.env[name] ??= value
}

/** Commander says `error: unknown option '--foo'`, and its suggestion on a line of its own. */
function usageError({ message }: CommanderError): CliError {
  return new CliError('usage', `${message.replace(/^error: /, '')}; see \`cardea --help\``)
}

/** How failures are told. */
export interface FailureForm {
  readonly json: boolean
  readonly verbose: boolean
}

/** What the words say of it, also those of a command line that could not be read. */
export const formOf = (argv: readonly string[]): FailureForm => ({
  json: argv.includes('--json'),
  verbose: argv.includes('--verbose'),
})

/** Prints an error, without secrets. */
export function reportFailure(io: CliIo, error: unknown, { json, verbose }: FailureForm): ExitCode {
  const { code, message, exitCode } = toFailure(error)
  const printer = createPrinter(io, { json })
  if (json) printer.data({ error: { code, message } })
  else printer.note(`cardea: ${message}`)
  if (verbose) printer.note(stackOf(error))
  return exitCode
}
