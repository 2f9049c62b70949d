/** Threads of libuv's pool where `UV_THREADPOOL_SIZE` says nothing. */
const usualPool = 4

/**
 * How many hashes run at once where nobody says: one for each core, and one thread fewer than the pool has, since files, DNS
 * and compression wait for the same threads.
 *
 * @param poolSize The value of `UV_THREADPOOL_SIZE`.
 * @see https://docs.libuv.org/en/v1.x/threadpool.html
 */
export function defaultConcurrency(cores: number, poolSize: string | undefined): number {
  const threads = /^\d{1,4}$/.test(poolSize ?? '') ? Number(poolSize) : usualPool
  return Math.max(1, Math.min(cores, threads - 1))
}
