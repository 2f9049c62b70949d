import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Facts } from '../environment/facts.ts'
import { packageFolder } from '../environment/root.ts'
import type { PartResult } from './part.ts'

/** What a part has found the last time that it was measured, and where and when. */
export interface KeptPart {
  readonly facts: Facts
  readonly result: PartResult
}

/** The results that the page of the documentation is made of; kept with the sources. */
const keptPath = join(packageFolder, 'results.json')

export function readKept(): readonly KeptPart[] {
  if (!existsSync(keptPath)) return []
  // Written below.
  return (JSON.parse(readFileSync(keptPath, 'utf8')) as { readonly parts: readonly KeptPart[] }).parts
}

/**
 * Puts new results in the place of those of the same parts.
 *
 * @param order The names of all parts; results of one that there is no more are dropped.
 */
export function mergeKept(
  kept: readonly KeptPart[],
  facts: Facts,
  results: readonly PartResult[],
  order: readonly string[],
): readonly KeptPart[] {
  return order.flatMap((name) => {
    const found = results.find((result) => result.name === name)
    if (found !== undefined) return [{ facts, result: found }]
    return kept.filter(({ result }) => result.name === name)
  })
}

export function writeKept(parts: readonly KeptPart[]): void {
  writeFileSync(keptPath, `${JSON.stringify({ parts }, undefined, 2)}\n`)
}
