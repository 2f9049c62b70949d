import type { AdoptionReport, RefusedRow } from '../api/mapping.js'
import type { Adoption } from './adopt-batch.js'

const mostShown = 100

/** Counts what became of rows. */
export function createTally(onRefused?: (refused: RefusedRow) => void) {
  const counts = { adopted: 0, changed: 0, unchanged: 0, refused: 0 }
  const firstRefused: RefusedRow[] = []
  return {
    refuse: (id: string, issues: RefusedRow['issues']): void => {
      const refused = { id, issues }
      counts.refused += 1
      if (firstRefused.length < mostShown) firstRefused.push(refused)
      onRefused?.(refused)
    },
    add: (id: string, adoption: Adoption): void => {
      if (adoption.outcome === 'refused') throw new TypeError(`${id} was refused`)
      counts[adoption.outcome] += 1
    },
    counts: () => ({ ...counts }),
    report: (): AdoptionReport => ({ ...counts, firstRefused: [...firstRefused] }),
  }
}

export type AdoptionTally = ReturnType<typeof createTally>
