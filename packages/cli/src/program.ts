import { Command, Option } from 'commander'
import { type CreateAdminOptions, createAdmin } from './commands/create-admin.js'
import { doctor } from './commands/doctor.js'
import { listKeys, type RotateKeysOptions, retireKey, rotateKeys } from './commands/keys.js'
import { type MigrateOptions, migrate } from './commands/migrate.js'
import { printSecret } from './commands/secret.js'
import { addUsers } from './commands/users/add-users.js'
import type { CommonOptions, Run } from './common-options.js'
import type { CliIo } from './io.js'
import { createPrinter, type Printer } from './output/printer.js'
import { readVersion } from './version.js'

const exitCodes = `
Exit codes: 0 it is done, or all is well; 1 it failed, or the doctor found a problem; 2 the command was not understood;
130 it was interrupted.`

const configuration = `
The instance comes from cardea.config.ts (mts, js, mjs) in the working directory, or from --config:

  export { auth } from './src/auth.js'

It exports, as \`auth\` or as the default, what createCardea made, or a function that returns it. Without such a file,
DATABASE_URL (sqlite:<file>, postgres://…, mysql://…), CARDEA_SECRET and BASE_URL are taken; only Cardea's own tables and
\`users\` are known then. No .env is read unless --dotenv names it.`

/** The commands and their options. What they do is elsewhere. */
export function createProgram(io: CliIo, run: Run): Command {
  const program = new Command('cardea')
    .description('Secrets, migrations, a doctor, admins, users and signing keys for apps with Cardea.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--config <file>', 'the module that exports the instance (default: cardea.config.ts)')
    .option('--cwd <folder>', 'work in this folder')
    .option('--dotenv <file>', 'set the variables of this file that are not set yet')
    .option('--json', 'answer in JSON')
    .option('--verbose', 'print where errors come from')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      writeErr: (text) => io.stderr(text),
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', `${configuration}\n${exitCodes}`)
  addSecret(program, run)
  addMigrate(program, io, run)
  addDoctor(program, io, run)
  addAdmin(program, io, run)
  addKeys(program, io, run)
  addUsers(program, io, run)
  return program
}

function addSecret(program: Command, run: Run): void {
  program
    .command('secret')
    .description('print a new secret: 32 random bytes as base64url')
    .addHelpText('after', '\nExample:\n  echo "CARDEA_SECRET=$(npx cardea secret)" >> .env')
    .action((_options: CommonOptions, command: Command) =>
      run(async (printer) => printSecret(printer), optionsOf(command)),
    )
}

function addMigrate(program: Command, io: CliIo, run: Run): void {
  program
    .command('migrate')
    .description('create and widen the tables; safe to run at every deployment, and from several machines at once')
    .option('--dry-run', 'print the SQL that would run, and change nothing')
    .option('--prune', 'remove roles and permissions that the code once declared and declares no more, and nobody uses')
    .addHelpText(
      'after',
      '\nExamples:\n  npx cardea migrate\n  npx cardea migrate --dry-run > migration.sql\n  npx cardea migrate --prune',
    )
    .action((_options: CommonOptions, command: Command) => {
      const options = optionsOf<MigrateOptions & CommonOptions>(command)
      return run((printer) => migrate(io, printer, options), options)
    })
}

function addDoctor(program: Command, io: CliIo, run: Run): void {
  program
    .command('doctor')
    .description('look at settings, database, tables and admins; exits with 1 when there is a problem')
    .addHelpText('after', '\nExamples:\n  npx cardea doctor\n  NODE_ENV=production npx cardea doctor --json')
    .action((_options: CommonOptions, command: Command) => {
      const options = optionsOf(command)
      return run((printer) => doctor(io, printer, options), options)
    })
}

function addAdmin(program: Command, io: CliIo, run: Run): void {
  program
    .command('admin')
    .description('make admins')
    .command('create')
    .description('make an admin; the password is asked for, or comes from --password-stdin or CARDEA_ADMIN_PASSWORD')
    .option('--email <address>', 'the e-mail address to sign in with')
    .option('--username <name>', 'a name to sign in with')
    .option('--name <name>', 'the name to show')
    .option('--data <json>', 'further fields of your own `users` collection, as a JSON object')
    .option('--additional', 'make one although there is an admin already')
    .option('--password-stdin', 'read the password from the standard input')
    .addOption(new Option('--password [value]').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  npx cardea admin create --email jane@example.com --name "Jane Doe"\n  pass show admin | npx cardea admin create --email jane@example.com --password-stdin --json',
    )
    .action((_options: CommonOptions, command: Command) => {
      const options = optionsOf<CreateAdminOptions & CommonOptions>(command)
      return run((printer) => createAdmin(io, printer, options), options)
    })
}

function addKeys(program: Command, io: CliIo, run: Run): void {
  const group = program.command('keys').description('look after the key pairs that sign access tokens')
  group
    .command('list')
    .description('list them, without their private halves')
    .action((_options: CommonOptions, command: Command) => {
      const options = optionsOf(command)
      return run((printer) => listKeys(io, printer, options), options)
    })
  group
    .command('rotate')
    .description(
      'make the next one; it is published first, and the one before is accepted until its last token is over',
    )
    .option('--now', 'let it sign at once, where the one before cannot be used any more')
    .action((_options: CommonOptions, command: Command) => {
      const options = optionsOf<RotateKeysOptions & CommonOptions>(command)
      return run((printer) => rotateKeys(io, printer, options), options)
    })
  group
    .command('retire <kid>')
    .description('end one that may be in the wrong hands, and all tokens that it signed')
    .addHelpText('after', '\nExample:\n  npx cardea keys retire "$(npx cardea keys list --json | jq -r .keys[0].id)"')
    .action((kid: string, _options: CommonOptions, command: Command) => {
      const options = optionsOf(command)
      return run((printer) => retireKey(io, printer, kid, options), options)
    })
}

/** The options of a command and those of all. */
const optionsOf = <Options extends CommonOptions = CommonOptions>(command: Command): Options =>
  command.optsWithGlobals<Options>()

/** The printer of a command. */
export const printerFor = (io: CliIo, { json }: CommonOptions): Printer => createPrinter(io, { json: json === true })
