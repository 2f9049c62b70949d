import type { MigrationStep } from 'cardea'
import type { ExitCode } from '../cli-error.js'
import { environmentNote } from '../config/from-environment.js'
import { type InstanceOptions, withInstance } from '../config/with-instance.js'
import type { CliIo } from '../io.js'
import type { Printer } from '../output/printer.js'

export interface MigrateOptions extends InstanceOptions {
  readonly dryRun?: boolean | undefined
}

/** Creates and widens the tables, or prints the statements that would. */
export async function migrate(io: CliIo, printer: Printer, options: MigrateOptions): Promise<ExitCode> {
  const dryRun = options.dryRun === true
  const report = await withInstance(io, options, ({ auth, source }) => {
    if (source === 'environment') printer.note(environmentNote)
    return auth.migrate({ dryRun })
  })
  const { steps } = report
  if (printer.json) printer.data({ dryRun, steps })
  else if (steps.length === 0) printer.note('Nothing to do: the database is up to date.')
  else if (dryRun) printStatements(printer, steps)
  else printSteps(printer, steps)
  return 0
}

/** As a script for the database's own shell. */
function printStatements(printer: Printer, steps: readonly MigrationStep[]): void {
  for (const { number, table, summary, sql } of steps) {
    printer.line(printer.paint('dim', `-- ${number} ${table}: ${summary}`))
    printer.line(`${sql};`)
  }
  printer.note(`${counted(steps.length)} would run. Nothing was changed.`)
}

function printSteps(printer: Printer, steps: readonly MigrationStep[]): void {
  const width = Math.max(...steps.map(({ table }) => table.length))
  for (const { number, table, summary } of steps) {
    printer.line(`${String(number).padStart(3)}  ${table.padEnd(width)}  ${summary}`)
  }
  printer.note(`${counted(steps.length)} done.`)
}

const counted = (count: number): string => `${count} ${count === 1 ? 'step' : 'steps'}`
