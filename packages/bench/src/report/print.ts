import type { PartResult, Row } from './part.ts'
import { format } from './rows.ts'

/** Prints what a part has found. */
export function printPart({ title, rows, verdicts, notes }: PartResult, print: (line: string) => void): void {
  print(`\n── ${title}`)
  const table = rows.map(columns)
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...table.map((cells) => cells[column]?.length ?? 0)))
  for (const [name = '', ...cells] of table) {
    const numbers = cells.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))
    print(`   ${name.padEnd(widths[0] ?? 0)}  ${numbers.join('  ')}`.trimEnd())
  }
  for (const { budget, measured, met } of verdicts) {
    print(`   ${met === undefined ? 'not judged' : met ? 'PASS' : 'MISS'}  ${budget}: ${measured}`)
  }
  for (const note of notes) print(`   · ${note}`)
}

function columns({ name, unit, value, relation }: Row): readonly string[] {
  const spread = value.rounds > 1 ? `${format(value.lowest)} to ${format(value.highest)}` : ''
  const related = relation === undefined ? '' : `${format(relation.value.median)} × ${relation.to}`
  return [name, `${format(value.median)} ${unit}`, spread, related]
}
