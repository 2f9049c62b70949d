import type { InstanceMigration, MigrationStep } from 'cardea'
import { CliError, type ExitCode } from '../cli-error.js'
import { environmentNote } from '../config/from-environment.js'
import { type InstanceOptions, withInstance } from '../config/with-instance.js'
import type { CliIo } from '../io.js'
import type { Printer } from '../output/printer.js'

type PruneReport = NonNullable<InstanceMigration['pruned']>

export interface MigrateOptions extends InstanceOptions {
  readonly dryRun?: boolean | undefined
  readonly prune?: boolean | undefined
}

/** Creates and widens the tables, or prints the statements that would; prunes the policy where that is asked for. */
export async function migrate(io: CliIo, printer: Printer, options: MigrateOptions): Promise<ExitCode> {
  const dryRun = options.dryRun === true
  const prune = options.prune === true
  const { report, isCodeKnown } = await withInstance(io, options, async ({ auth, source }) => {
    // Without the app's code all that it declares would look as if nobody declared it.
    if (prune && source === 'environment') {
      throw new CliError('configuration_missing', '--prune needs the code that declares the roles: name it by --config')
    }
    if (source === 'environment') printer.note(environmentNote)
    const done = await auth.migrate({ dryRun, ...(prune ? { prune } : {}) })
    return { report: done, isCodeKnown: source !== 'environment' }
  })
  const { steps, pruned, missingValues } = report
  const leftOver = isCodeKnown ? report.leftOver : undefined
  if (printer.json) {
    printer.data({
      dryRun,
      steps,
      ...(pruned === undefined ? {} : { pruned }),
      ...(leftOver === undefined ? {} : { leftOver }),
      ...(missingValues === undefined ? {} : { missingValues }),
    })
    return 0
  }
  printReport(printer, steps, dryRun)
  if (pruned !== undefined) printPruned(printer, pruned, dryRun)
  if (leftOver !== undefined) printLeftOver(printer, leftOver)
  return 0
}

/** They give what the code no longer says, which nobody would look for after a migration that went well. */
function printLeftOver(printer: Printer, { grants, inheritance, roles, permissions, kept }: PruneReport): void {
  const some = [
    counted(grants.length, 'grant'),
    counted(inheritance.length, 'inherited role'),
    counted(roles.length, 'role'),
    counted(permissions.length, 'permission'),
  ].filter((text) => !text.startsWith('0 '))
  if (some.length > 0) {
    printer.note(
      `Left over of earlier code and still in force: ${some.join(', ')}. Once no node runs that code, --prune takes them away; --dry-run --prune names them.`,
    )
  }
  for (const { kind, label, reason } of kept) {
    printer.note(`Left over of earlier code, and --prune would keep it: ${kind} ${label}, since ${reasons[reason]}.`)
  }
}

function printReport(printer: Printer, steps: readonly MigrationStep[], dryRun: boolean): void {
  if (steps.length === 0) printer.note('Nothing to do: the tables are up to date.')
  else if (dryRun) printStatements(printer, steps)
  else printSteps(printer, steps)
}

/** As comments of SQL where they stand among statements. */
function printPruned(printer: Printer, pruned: PruneReport, dryRun: boolean): void {
  const gone = [
    ...pruned.roles.map((label) => `role ${label}`),
    ...pruned.permissions.map((label) => `permission ${label}`),
    ...pruned.grants.map(({ role, permission, effect }) => `${effect} ${permission} of role ${role}`),
    ...pruned.inheritance.map(({ role, parent }) => `role ${role} inherits ${parent}`),
  ]
  for (const what of gone) printer.line(`${dryRun ? '-- ' : ''}prune  ${what}`)
  for (const { kind, label, reason } of pruned.kept) printer.note(`Kept ${kind} ${label}: ${reasons[reason]}.`)
  if (gone.length === 0) printer.note('Nothing to prune.')
}

const reasons = {
  held: 'somebody holds it',
  inherited: 'another role inherits it',
  granted: 'a role was granted it at run time',
} as const

/** As a script for the database's own shell. */
function printStatements(printer: Printer, steps: readonly MigrationStep[]): void {
  const grouped = groupedSteps(steps)
  for (const { number, table, summary, statements } of grouped) {
    printer.line(printer.paint('dim', `-- ${number} ${table}: ${summary}`))
    for (const sql of statements) printer.line(`${sql};`)
  }
  printer.note(`${counted(grouped.length, 'step')} would run. Nothing was changed.`)
}

function printSteps(printer: Printer, steps: readonly MigrationStep[]): void {
  const grouped = groupedSteps(steps)
  const width = Math.max(...grouped.map(({ table }) => table.length))
  for (const { number, table, summary } of grouped) {
    printer.line(`${String(number).padStart(3)}  ${table.padEnd(width)}  ${summary}`)
  }
  printer.note(`${counted(grouped.length, 'step')} done.`)
}

/** A step for people: all its statements, such as those of a trigger and its function. */
interface GroupedStep extends Pick<MigrationStep, 'number' | 'table' | 'summary'> {
  readonly statements: readonly string[]
}

function groupedSteps(steps: readonly MigrationStep[]): readonly GroupedStep[] {
  const grouped: GroupedStep[] = []
  for (const { number, table, summary, sql } of steps) {
    const last = grouped.at(-1)
    const isSame = last?.number === number && last.table === table && last.summary === summary
    if (isSame) grouped.splice(-1, 1, { ...last, statements: [...last.statements, sql] })
    else grouped.push({ number, table, summary, statements: [sql] })
  }
  return grouped
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
