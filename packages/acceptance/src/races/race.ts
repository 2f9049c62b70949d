import { expect } from 'vitest'
import type { Answer } from '../client.js'

/** An answer to somebody who has come back after each 503 before it. */
type Got = Pick<Answer, 'status' | 'refused'>

/** How often something succeeded that may succeed once. */
export interface RaceResult<Of extends Got = Got> {
  readonly won: readonly Of[]
  /** The answers to all others. */
  readonly lost: readonly Of[]
  /** How often a database had too much to do: each of these may have been done without anybody hearing of it. */
  readonly refused: number
}

/** Sends requests at once that all want the same, by clients that come back where a database has too much to do. */
export async function race<Of extends Got>(
  attempts: number,
  work: (index: number) => Promise<Of>,
  hasWon: (answer: Of) => boolean = ({ status }) => status < 300,
): Promise<RaceResult<Of>> {
  const answers = await Promise.all(Array.from({ length: attempts }, (_, index) => work(index)))
  return {
    won: answers.filter(hasWon),
    lost: answers.filter((answer) => !hasWon(answer)),
    refused: answers.reduce((sum, { refused }) => sum + refused, 0),
  }
}

/** Fails unless exactly one has won: at most one where it may be one that was not told so. */
export function expectOneWinner({ won, lost, refused }: RaceResult, name = 'race'): void {
  const said = `${name}: the others got ${lost.map(({ status }) => status).join()}, and 503 ${refused} times before`
  if (refused === 0) expect(won, said).toHaveLength(1)
  else expect(won.length, said).toBeLessThanOrEqual(1)
}
