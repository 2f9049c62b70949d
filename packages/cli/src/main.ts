import { createProcessIo } from './process-io.js'
import { runCli } from './run-cli.js'

/** Which of Node's warnings say nothing to whoever runs a command: how it takes TypeScript, and that SQLite is in it. */
const expected = /Type Stripping|SQLite|Module type of/

/** Runs the command line as a process of its own: reads its arguments, and ends it with the exit code. */
export function main(): void {
  const { stdout, stderr } = process
  // Node's own listener would print all warnings.
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    if (!expected.test(message)) stderr.write(`${name}: ${message}\n`)
  })
  // A reader that has seen enough, such as `head`, is no error.
  stdout.on('error', () => undefined)
  // Whatever was under way is undone by the database, and a migration goes on where it broke off.
  process.once('SIGINT', () => {
    stderr.write('cardea: interrupted\n')
    process.exit(130)
  })

  const io = createProcessIo()
  const answer = stdout.write.bind(stdout)
  // What the app's own modules print is no answer of this command.
  stdout.write = stderr.write.bind(stderr)
  // The app's modules may hold the process open with connections of their own. An empty write ends after all before it.
  const end = (exitCode: number): boolean => answer('', () => process.exit(exitCode))
  // Nothing is left that could go on, as with a promise of the app that never settles: that must not pass for success.
  process.once('beforeExit', () => {
    stderr.write(
      'cardea: the command did not come to its end: something that your configuration waits for never happens\n',
    )
    process.exit(1)
  })
  runCli(process.argv.slice(2), io).then(end, (error: unknown) => {
    stderr.write(`cardea: ${String(error)}\n`)
    end(1)
  })
}
