/** Reads again and again for two and a half seconds, which is longer than any wait for a lock. @returns The longest time, in milliseconds. */
export async function longestRead(read: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  let longest = 0
  while (performance.now() - started < 2_500) {
    const before = performance.now()
    await read()
    longest = Math.max(longest, performance.now() - before)
  }
  return longest
}
