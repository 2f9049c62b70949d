import type { ErrorCode } from '@cardea/core'

/** What this package refuses by itself. Errors of Cardea keep their own codes. */
export type CliErrorCode = 'usage' | 'configuration_missing' | 'cancelled'

/** 1: it failed, or the doctor found a problem. 2: the command was not understood. 130: somebody pressed Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 130

const exitCodes: Readonly<Record<string, ExitCode>> = { usage: 2, cancelled: 130 }

/** A refusal in one line, which names what is wrong and the way out. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode | ErrorCode

  constructor(code: CliErrorCode | ErrorCode, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, details)
    this.code = code
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code] ?? 1
  }
}
