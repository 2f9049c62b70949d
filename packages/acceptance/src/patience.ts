/**
 * How long to wait for what takes a moment on a quiet machine, in milliseconds: so long that only what never comes is late on
 * a busy one.
 */
export const patience = { timeout: 60_000, interval: 20 } as const

/** Waits as a client does that was asked to come back later: a little longer each time, though not for whole seconds. */
export const comeBackLater = (tries: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(50 * tries, 500)))

/**
 * Sends again what was answered with 503, as clients do: a database or the hasher may have too much to do for a moment. Whether
 * it was done all the same is not known.
 *
 * @returns The first other answer, and how many were refused before it. After a minute of refusals, the last of them.
 */
export async function insist<Answer extends { readonly status: number }>(
  send: () => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly refused: number }> {
  const deadline = performance.now() + patience.timeout
  for (let refused = 0; ; refused += 1) {
    const answer = await send()
    if (answer.status !== 503 || performance.now() > deadline) return { answer, refused }
    await comeBackLater(refused + 1)
  }
}
