import type { ImportCounts, ImportReport, RefusedRecord } from '../api/transfer.js'

/** How many refused records a report holds itself. */
const mostListed = 100

/** Counts what became of records. */
export interface Tally {
  imported(withPassword: boolean): void
  updated(): void
  skipped(): void
  refused(refusal: RefusedRecord): void
  counts(records: number): ImportCounts
  report(records: number, dryRun: boolean): ImportReport
}

export function createTally(onRefused: ((refused: RefusedRecord) => void) | undefined): Tally {
  const numbers = { imported: 0, updated: 0, skipped: 0, refused: 0, withoutPassword: 0 }
  // Codes are names of ours and of validation: no input chooses how many there are.
  const refusedFor = new Map<string, number>()
  const firstRefused: RefusedRecord[] = []
  return {
    imported(withPassword) {
      numbers.imported += 1
      if (!withPassword) numbers.withoutPassword += 1
    },
    updated() {
      numbers.updated += 1
    },
    skipped() {
      numbers.skipped += 1
    },
    refused(refusal) {
      numbers.refused += 1
      for (const code of new Set(refusal.issues.map((issue) => issue.code))) {
        refusedFor.set(code, (refusedFor.get(code) ?? 0) + 1)
      }
      if (firstRefused.length < mostListed) firstRefused.push(refusal)
      onRefused?.(refusal)
    },
    counts: (records) => ({ records, ...numbers }),
    report: (records, dryRun) => ({
      records,
      ...numbers,
      dryRun,
      refusedFor: Object.fromEntries(refusedFor),
      firstRefused,
    }),
  }
}
