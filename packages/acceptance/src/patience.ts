/**
 * How long to wait for what takes a moment on a quiet machine, in milliseconds: so long that only what never comes is late on
 * a busy one.
 */
export const patience = { timeout: 60_000, interval: 20 } as const

/** How many come back at once: all together they would find too much to do again. */
const mostReturning = 4
const waiting: (() => void)[] = []
let returning = 0

/** Lets those who were asked to come back later do so in turn. */
async function comeBack<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  if (returning < mostReturning) returning += 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return await send()
  } finally {
    const next = waiting.shift()
    if (next === undefined) returning -= 1
    else next()
  }
}

/**
 * Sends again what was answered with 503, as clients do: a database or the hasher may have too much to do for a moment. Whether
 * it was done all the same is not known.
 *
 * @returns The first other answer, and how many were refused before it. After a hundred refusals, the last of them.
 */
export async function insist<Answer extends { readonly status: number }>(
  send: () => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly refused: number }> {
  let answer = await send()
  let refused = 0
  for (; answer.status === 503 && refused < 100; refused += 1) answer = await comeBack(send)
  return { answer, refused }
}
