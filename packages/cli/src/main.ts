import { CliError } from './cli-error.js'
import { messageOf } from './output/failure.js'
import { redact } from './output/redact.js'
import { createProcessIo } from './process-io.js'
import { formOf, reportFailure, runCli } from './run-cli.js'

/** Which of Node's warnings say nothing to whoever runs a command: how it takes TypeScript, and that SQLite is in it. */
const expected = /Type Stripping|SQLite|Module type of/

/** Runs the command line as a process of its own: reads its arguments, and ends it with the exit code. */
export function main(): void {
  const { stdout, stderr } = process
  const argv = process.argv.slice(2)
  const io = createProcessIo()
  // Node's own listener would print all warnings.
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    if (!expected.test(message)) stderr.write(`${redact(`${name}: ${message}`, io.env)}\n`)
  })
  // A reader that has seen enough, such as `head`, is no error.
  stdout.on('error', () => undefined)
  // Whatever was under way is undone by the database, and a migration goes on where it broke off.
  process.once('SIGINT', () => {
    stderr.write('cardea: interrupted\n')
    process.exit(130)
  })

  const answer = stdout.write.bind(stdout)
  // What the app's own modules print is no answer of this command.
  stdout.write = stderr.write.bind(stderr)
  let over = false
  // The app's modules may hold the process open with connections of their own. An empty write ends after all before it.
  const end = (exitCode: number): void => {
    over = true
    answer('', () => process.exit(exitCode))
  }
  // Only one answer, and none of a command that goes on behind a failure.
  const fail = (error: unknown): void => {
    if (!over) end(reportFailure(io, error, formOf(argv)))
  }
  // Node would print the error itself, and whatever secret somebody put into it.
  process.on('uncaughtException', (cause) => {
    fail(
      new CliError('internal_error', `something that your configuration began failed: ${messageOf(cause)}`, { cause }),
    )
  })
  // Nothing is left that could go on, as with a promise of the app that never settles: that must not pass for success.
  process.once('beforeExit', () => {
    const message = 'the command did not come to its end: something that your configuration waits for never happens'
    // Beside the answer, too: whoever reads the log of a script looks there.
    if (formOf(argv).json && !over) stderr.write(`cardea: ${message}\n`)
    fail(new CliError('configuration_invalid', message))
  })
  const own = { ...io, stdout: (text: string) => (over ? undefined : io.stdout(text)) }
  runCli(argv, own).then((exitCode) => (over ? undefined : end(exitCode)), fail)
}
