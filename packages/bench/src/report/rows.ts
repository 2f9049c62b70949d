import { type Measurements, roundsOf } from '../measure/interleave.ts'
import { ratios, type Summary, summarize } from '../statistics/summary.ts'
import type { BudgetLine } from './budget-lines.ts'
import type { Row, Verdict } from './part.ts'

/** A line for each contender, each in relation to one of them. */
export const toRows = (measured: Measurements, unit: string, reference?: string): readonly Row[] =>
  [...measured.keys()].map((name) => toRow(measured, name, unit, reference === name ? undefined : reference))

/** @param to What it stands in relation to. */
export function toRow(measured: Measurements, name: string, unit: string, to: string | undefined): Row {
  const value = summarize(roundsOf(measured, name))
  return { name, unit, value, ...(to === undefined ? {} : { relation: { to, value: relation(measured, name, to) } }) }
}

/** Lines for the processor time that contenders took beside the time that they were measured by. */
export const processorRows = (measured: Measurements, reference: string): readonly Row[] =>
  toRows(measured, 'µs', reference).map(nameProcessorTime)

export const nameProcessorTime = (row: Row): Row => ({ ...row, name: `${row.name}: processor time` })

/** Says to which line of the table of budgets verdicts belong. */
export const under = (line: BudgetLine, verdicts: readonly Verdict[]): readonly Verdict[] =>
  verdicts.map((verdict) => ({ ...verdict, line }))

/** How one contender stands to another, round by round. */
export const relation = (measured: Measurements, name: string, to: string): Summary =>
  summarize(ratios(roundsOf(measured, name), roundsOf(measured, to)))

/** A line for one number that needs no rounds. */
export const fixedRow = (name: string, unit: string, value: number): Row => ({ name, unit, value: summarize([value]) })

/** Compares the median of a relation with a budget. */
export function judge(
  budget: string,
  measured: Summary,
  { atLeast, atMost }: { readonly atLeast?: number; readonly atMost?: number },
  judged: boolean,
  show: (value: number) => string = (value) => `${format(value)} ×`,
): Verdict {
  const met =
    (atLeast === undefined || measured.median >= atLeast) && (atMost === undefined || measured.median <= atMost)
  const spread = measured.rounds > 1 ? ` (${show(measured.lowest)} to ${show(measured.highest)})` : ''
  return { budget, measured: `${show(measured.median)}${spread}`, met: judged ? met : undefined }
}

export const asPercent = (value: number): string => `${format(value * 100)} %`

/** Three digits that mean something. */
export function format(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
