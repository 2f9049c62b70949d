/** A check that answers at once. */
export type Check = (index: number) => boolean

/**
 * Builds a turn of checks that answer at once. The questions are asked in turn, so that no answer can be moved out of the
 * loop.
 *
 * @param expected The answers to the questions; every turn counts what was allowed and compares.
 * @returns Nanoseconds per check.
 */
export function createCheckTurn(
  check: Check,
  expected: readonly boolean[],
  milliseconds: number,
): () => Promise<number> {
  const questionCount = expected.length
  const allowed = expected.filter(Boolean).length
  // Found once: as many passes over all questions as fill the turn, or a part of one for what is slow.
  let passes = 0
  let questions = questionCount
  const calibrate = (): void => {
    const start = performance.now()
    let asked = 0
    while (asked < questionCount && performance.now() - start < milliseconds) {
      if (check(asked) !== expected[asked]) throw new Error(`a wrong answer to question ${asked}`)
      asked += 1
    }
    questions = asked
    passes = 1
    if (asked < questionCount) return
    // Warm by now; a second look says how many passes fit.
    const again = performance.now()
    for (let index = 0; index < questionCount; index += 1) check(index)
    passes = Math.max(1, Math.ceil(milliseconds / Math.max(performance.now() - again, 0.001)))
  }
  return async () => {
    if (passes === 0) calibrate()
    const wanted = questions === questionCount ? allowed : expected.slice(0, questions).filter(Boolean).length
    let counted = 0
    const start = performance.now()
    for (let pass = 0; pass < passes; pass += 1) {
      for (let index = 0; index < questions; index += 1) if (check(index)) counted += 1
    }
    const elapsed = performance.now() - start
    if (counted !== wanted * passes) throw new Error(`${counted} of ${wanted * passes} answers were yes`)
    return (elapsed / (passes * questions)) * 1_000_000
  }
}
