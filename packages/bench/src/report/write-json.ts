import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Facts } from '../environment/facts.ts'
import type { PartResult } from './part.ts'

/** Keeps a run as data. */
export function writeJson(path: string, facts: Facts, parts: readonly PartResult[]): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify({ ...facts, parts }, undefined, 2)}\n`)
}
