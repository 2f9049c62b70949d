import { join } from 'node:path'
import { createMemoryRateLimitStore } from '@cardea/core/limits'
import { proofKinds } from '../databases.js'
import { openStore } from './open-database.js'
import { describeRateLimitStore } from './store-suite.js'

describeRateLimitStore('the memory of the process', async () => ({
  store: createMemoryRateLimitStore(),
  close: async () => undefined,
}))

for (const kind of proofKinds) {
  describeRateLimitStore(kind.name, async () => {
    const database = await kind.create()
    const { store, close } = await openStore(database.url)
    return {
      store,
      shared: { module: join(import.meta.dirname, 'open-database.ts'), url: database.url },
      close: async () => {
        await close()
        await database.drop()
      },
    }
  })
}
