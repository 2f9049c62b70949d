import { secureRandom, toBase64Url } from '@cardea/core/crypto'
import type { ExitCode } from '../cli-error.js'
import type { Printer } from '../output/printer.js'

/** As many as the keys have that are derived from it. */
const secretBytes = 32

/** Prints a new root secret and nothing else, so that a shell can put it into a variable. */
export function printSecret(printer: Printer): ExitCode {
  const secret = toBase64Url(secureRandom(secretBytes))
  if (printer.json) printer.data({ secret })
  else printer.line(secret)
  return 0
}
