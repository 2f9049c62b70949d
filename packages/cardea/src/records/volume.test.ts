import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { collectionTable } from '@cardea/collections'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestFile } from '@cardea/kysely/testkit'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { createRecordsApp } from './records.fixture.js'

const many = rounds({ test: 3_000, ci: 10_000, long: 100_000 })

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** What is in use once all that is over has gone, in MiB. */
const heap = (): number => {
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

describe('many records', () => {
  it(`are exported and deleted in constant memory, ${many} of them`, { timeout: 1_200_000 }, async () => {
    const file = createTestFile()
    const app = createRecordsApp(sqlite(file.path))
    const { posts } = app.auth.records
    try {
      await app.auth.migrate()
      await app.auth.ready()
      const table = collectionTable(posts.collection)
      for (let from = 0; from < many; from += 500) {
        const rows = Array.from({ length: 500 }, (_, index) => ({
          id: `01a2014d-b475-7215-8438-${(from + index).toString(16).padStart(12, '0')}`,
          title: `Post ${from + index} `.repeat(50),
          // Many have the same.
          score: index % 7,
          draft: false,
          created_at: 1,
          updated_at: 1,
        }))
        await app.storage.insert(table, rows)
      }
      const before = heap()
      let peak = before
      let steps = 0
      const watch = (): void => {
        steps += 1
        if (steps % 20 === 0) peak = Math.max(peak, heap())
      }
      const began = performance.now()
      let bytes = 0
      let lines = 0
      for await (const text of posts.export({ format: 'csv' }, { by: null })) {
        bytes += text.length
        lines += text.split('\r\n').length - 1
        watch()
      }
      const exported = performance.now()
      // With the header. A list of all would hold all their texts.
      expect(lines).toBe(many + 1)
      expect(bytes).toBeGreaterThan(many * 500)
      let deleted = 0
      for (;;) {
        const result = await posts.deleteMany({ filter: { score: { gte: 0 } } })
        deleted += result.deleted
        watch()
        if (!result.more) break
      }
      const ended = performance.now()
      expect([deleted, await posts.count()]).toEqual([many, 0])
      if (many > 10_000) {
        const seconds = (from: number, to: number): string => ((to - from) / 1_000).toFixed(1)
        process.stderr.write(
          `${many} records: export ${seconds(began, exported)} s, deletion ${seconds(exported, ended)} s, heap +${(peak - before).toFixed(1)} MiB\n`,
        )
      }
      expect(peak - before).toBeLessThan(15)
    } finally {
      await app.auth.close()
      file.remove()
    }
  })
})
