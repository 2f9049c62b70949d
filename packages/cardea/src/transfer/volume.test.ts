import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sqlite } from '@cardea/kysely/sqlite'
import { createTestFile } from '@cardea/kysely/testkit'
import { rounds } from '@cardea/storage/testkit'
import { describe, expect, it } from 'vitest'
import { createTransferApp, hash } from './transfer.fixture.js'

const users = rounds({ test: 150, ci: 2_000, long: 100_000 })

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** What is in use once all that is over has gone, in MiB. */
const heap = (): number => {
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

async function* source(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) {
    const user = {
      email: `user${index}@example.com`,
      username: `user${index}`,
      company: 'Engines',
      password_hash: hash,
    }
    yield Buffer.from(`${JSON.stringify(user)}\n`)
  }
}

describe('a large import and export', () => {
  it(`takes ${users} users in constant memory`, { timeout: 1_200_000 }, async () => {
    const file = createTestFile()
    const { auth } = createTransferApp(sqlite(file.path))
    try {
      await auth.migrate()
      await auth.ready()
      await auth.users.import(source(1), { format: 'jsonl' })
      const before = heap()
      let peak = before
      let batches = 0
      const watch = (): void => {
        batches += 1
        if (batches % 50 === 0) peak = Math.max(peak, heap())
      }
      const began = performance.now()
      const report = await auth.users.import(source(users), { format: 'jsonl', onProgress: watch })
      const imported = performance.now()
      expect(report).toMatchObject({ records: users, imported: users - 1, skipped: 1, refused: 0 })
      let bytes = 0
      for await (const text of auth.users.export({ format: 'csv' })) {
        bytes += text.length
        watch()
      }
      const exported = performance.now()
      expect(bytes).toBeGreaterThan(users * 50)
      const seconds = (from: number, to: number): string => ((to - from) / 1_000).toFixed(1)
      if (users > 10_000) {
        process.stderr.write(
          `${users} users: import ${seconds(began, imported)} s, export ${seconds(imported, exported)} s, heap +${(peak - before).toFixed(1)} MiB\n`,
        )
      }
      // A list of all of them would be ten times as much.
      expect(peak - before).toBeLessThan(20)
    } finally {
      await auth.close()
      file.remove()
    }
  })
})
