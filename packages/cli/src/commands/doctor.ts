import type { DoctorReport, Finding } from 'cardea'
import type { ExitCode } from '../cli-error.js'
import { environmentNote } from '../config/from-environment.js'
import { type InstanceOptions, withInstance } from '../config/with-instance.js'
import type { CliIo } from '../io.js'
import type { Printer } from '../output/printer.js'

const colours = { ok: 'green', warning: 'yellow', problem: 'red' } as const

/** Prints what the instance finds wrong with itself. @returns 1 when there is a problem. */
export async function doctor(io: CliIo, printer: Printer, options: InstanceOptions): Promise<ExitCode> {
  const checks = await withInstance(io, options, async ({ auth, source }) => {
    const { checks: found }: DoctorReport = await auth.doctor()
    // Without the app's code all that it declares would look as if nobody declared it.
    const known = source === 'environment' ? found.filter(({ name }) => name !== 'policy leftovers') : found
    return [configurationFinding(source), ...known]
  })
  if (printer.json) printer.data({ checks })
  else printChecks(printer, checks)
  return checks.some(({ status }) => status === 'problem') ? 1 : 0
}

function configurationFinding(source: string): Finding {
  const message = source === 'environment' ? environmentNote : `it is ${source}`
  return { name: 'configuration', status: 'ok', message }
}

function printChecks(printer: Printer, checks: readonly Finding[]): void {
  const width = Math.max(...checks.map(({ name }) => name.length))
  for (const { name, status, message, advice } of checks) {
    printer.line(`${printer.paint(colours[status], status.padEnd(7))}  ${name.padEnd(width)}  ${message}`)
    if (advice !== undefined) printer.line(`${' '.repeat(width + 11)}${printer.paint('dim', `→ ${advice}`)}`)
  }
  const count = (wanted: Finding['status']): number => checks.filter(({ status }) => status === wanted).length
  const [problems, warnings] = [count('problem'), count('warning')]
  const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
  printer.line()
  printer.line(`${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`)
}
