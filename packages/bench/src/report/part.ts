import type { Summary } from '../statistics/summary.ts'
import type { BudgetLine } from './budget-lines.ts'

/** One line of a table. */
export interface Row {
  readonly name: string
  readonly unit: string
  readonly value: Summary
  /** How it stands to another line, round by round. */
  readonly relation?: { readonly to: string; readonly value: Summary }
}

/** A budget and what was measured. */
export interface Verdict {
  readonly budget: string
  readonly measured: string
  /** Undefined where the run was too short to say. */
  readonly met: boolean | undefined
  /** The line of the table of budgets that it belongs to; what has none is a budget of the part's own. */
  readonly line?: BudgetLine
}

/** What a part has found. */
export interface PartResult {
  readonly name: string
  readonly title: string
  readonly rows: readonly Row[]
  readonly verdicts: readonly Verdict[]
  /** What the reader must know to read the numbers. */
  readonly notes: readonly string[]
}
