import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommonOptions, Run } from '../../common-options.js'
import type { CliIo } from '../../io.js'
import { type ExportUsersOptions, exportUsers } from './export-users.js'
import { type ImportUsersOptions, importUsers } from './import-users.js'

const formats = ['jsonl', 'csv', 'better-auth', 'supabase', 'supabase-csv', 'auth0', 'firebase', 'pocketbase'] as const

/** Adds `users import` and `users export`. */
export function addUsers(program: Command, io: CliIo, run: Run): void {
  const group = program.command('users').description('move users from and to other systems')
  group
    .command('import <file>')
    .description('import users of another system, or of an export; `-` for the standard input')
    .addOption(
      new Option('--format <format>', 'what the file is (default: by its ending, .jsonl or .csv)').choices(formats),
    )
    .option('--collection <name>', 'the auth collection that they come to', 'users')
    .addOption(
      new Option('--on-conflict <what>', 'what to do with users whose address somebody has')
        .choices(['skip', 'update', 'fail'])
        .default('skip'),
    )
    .option('--dry-run', 'say what would happen, and change nothing')
    .option('--field <name=place>', 'fill a field from a place in each record; repeat it for more', collectPairs)
    .option('--ignore <name>', 'leave a member of JSON lines or CSV out; repeat it for more', collect)
    .option('--provider <theirs=ours>', 'what a provider is called here, or nothing to leave it out', collectPairs)
    .addOption(
      new Option('--unsupported-hash <what>', 'users with a password hash that cannot be checked')
        .choices(['refuse', 'reset'])
        .default('refuse'),
    )
    .option('--firebase-hash-config <file>', 'the hash parameters that the console of Firebase shows')
    .option('--batch-size <number>', 'users in one transaction', wholeNumber)
    .option('--checkpoint <file>', 'keep how far it is in this file, and go on there the next time')
    .option('--refused <file>', 'write each refused record as a line of JSON: its place and why, no values')
    .addHelpText(
      'after',
      '\nExamples:\n  npx cardea users import users.csv --field legacy_id=id --dry-run\n  npx cardea users import users.json --format firebase --firebase-hash-config hash.txt --checkpoint import.state',
    )
    .action((file: string, _options: CommonOptions, command: Command) => {
      const options = command.optsWithGlobals<ImportUsersOptions & CommonOptions>()
      return run((printer) => importUsers(io, printer, file, options), options)
    })
  group
    .command('export')
    .description('write all users of a collection as JSON lines or CSV, to the standard output or a new file')
    .addOption(new Option('--format <format>', 'what to write').choices(['jsonl', 'csv']).default('jsonl'))
    .option('--collection <name>', 'the auth collection', 'users')
    .option('--output <file>', 'the file to make, for its owner alone')
    .option('--with-password-hashes', 'for a move elsewhere: the file is worth an attack then')
    .addHelpText('after', '\nExample:\n  npx cardea users export --format csv --output users.csv')
    .action((_options: CommonOptions, command: Command) => {
      const options = command.optsWithGlobals<ExportUsersOptions & CommonOptions>()
      return run((printer) => exportUsers(io, printer, options), options)
    })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function collectPairs(value: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = value.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('It is two names with = between them.')
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
}

function wholeNumber(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('It is a whole number.')
}
