import { describe, expect, it } from 'vitest'
import { createSharedRead } from './shared-read.js'

/** A read that ends when it is told. */
function readable(failsAll?: (error: unknown) => boolean) {
  const ends: ((result: number | Error) => void)[] = []
  const read = createSharedRead(
    () =>
      new Promise<number>((resolve, reject) => {
        ends.push((result) => (typeof result === 'number' ? resolve(result) : reject(result)))
      }),
    failsAll,
  )
  return { read, ends }
}

describe('createSharedRead', () => {
  it('never answers with what was read before it was asked', async () => {
    const { read, ends } = readable()
    const first = read()
    const later = [read(), read(), read()]
    ends[0]?.(1)
    expect(await first).toBe(1)
    await expect.poll(() => ends.length).toBe(2)
    const last = read()
    ends[1]?.(2)
    expect(await Promise.all(later)).toEqual([2, 2, 2])
    await expect.poll(() => ends.length).toBe(3)
    ends[2]?.(3)
    expect(await last).toBe(3)
  })

  it('runs one read at a time, however many ask', async () => {
    let running = 0
    let most = 0
    let reads = 0
    const read = createSharedRead(async () => {
      running += 1
      reads += 1
      most = Math.max(most, running)
      await new Promise(setImmediate)
      running -= 1
      return reads
    })
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 200 }, () => read()))
    }
    expect([most, reads]).toEqual([1, 10])
  })

  it('goes on after a failure, which it tells to those who shared it', async () => {
    const { read, ends } = readable()
    const failing = [read()]
    const next = read()
    ends[0]?.(new Error('lost'))
    await expect(failing[0]).rejects.toThrow('lost')
    await expect.poll(() => ends.length).toBe(2)
    ends[1]?.(2)
    expect(await next).toBe(2)
    const again = read()
    await expect.poll(() => ends.length).toBe(3)
    ends[2]?.(3)
    expect(await again).toBe(3)
  })

  it('lets nobody wait for a second read after one that fails for all', async () => {
    const { read, ends } = readable((error) => error instanceof Error && error.message === 'gone')
    const first = read()
    const waiting = [read(), read()]
    ends[0]?.(new Error('gone'))
    for (const each of [first, ...waiting]) await expect(each).rejects.toThrow('gone')
    expect(ends).toHaveLength(1)
    const again = read()
    ends[1]?.(2)
    expect(await again).toBe(2)
  })
})
