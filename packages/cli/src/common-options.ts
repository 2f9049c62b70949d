import type { ExitCode } from './cli-error.js'
import type { InstanceOptions } from './config/with-instance.js'
import type { Printer } from './output/printer.js'

/** Options of every command. */
export interface CommonOptions extends InstanceOptions {
  readonly cwd?: string | undefined
  readonly dotenv?: string | undefined
  readonly json?: boolean | undefined
  readonly verbose?: boolean | undefined
}

/** Runs the command that was understood. */
export type Run = (work: (printer: Printer) => Promise<ExitCode>, options: CommonOptions) => Promise<void>
