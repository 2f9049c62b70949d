/** Something that is measured beside others. */
export interface Contender {
  readonly name: string
  /** Runs one turn. @returns What was measured, in the unit of the part. */
  readonly turn: () => Promise<number>
}

/** What the turns of each contender measured, by its name, round by round. */
export type Measurements = ReadonlyMap<string, readonly number[]>

/**
 * Lets the contenders take turns: A, B, C, A, B, C. What slows the machine down for a while so meets all of them.
 *
 * Each contender has a turn beforehand that does not count. Every second round goes backwards, so that none always
 * comes after the same one.
 */
export async function interleave(contenders: readonly Contender[], rounds: number): Promise<Measurements> {
  const measured = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  if (measured.size !== contenders.length) throw new Error('two contenders have one name')
  for (const { turn } of contenders) await turn()
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, turn } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      measured.get(name)?.push(await turn())
    }
  }
  return measured
}

/** @throws Error for a name that nothing was measured under. */
export function roundsOf(measured: Measurements, name: string): readonly number[] {
  const values = measured.get(name)
  if (values === undefined) throw new Error(`nothing was measured for ${name}`)
  return values
}
