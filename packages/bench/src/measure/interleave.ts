/** Something that is measured beside others. */
export interface Contender {
  readonly name: string
  /**
   * Runs one turn.
   *
   * @param counts False while warming up, for contenders that note more than the number.
   * @returns What was measured, in the unit of the part.
   */
  readonly turn: (counts: boolean) => Promise<number>
}

/** What the turns of each contender measured, by its name, round by round. */
export type Measurements = ReadonlyMap<string, readonly number[]>

/**
 * Lets the contenders take turns: A, B, C, A, B, C. What slows the machine down for a while so meets all of them.
 *
 * Every second round goes backwards, so that none always comes after the same one.
 *
 * @param schedule.warmUp Whether each has a turn beforehand that does not count.
 */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: boolean },
): Promise<Measurements> {
  const measured = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  if (measured.size !== contenders.length) throw new Error('two contenders have one name')
  if (warmUp) for (const { turn } of contenders) await turn(false)
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, turn } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      measured.get(name)?.push(await turn(true))
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
