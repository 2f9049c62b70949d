import type { StatementEvent } from '@cardea/storage'
import { createMemoryStorage } from '@cardea/storage/memory'
import { describeStorage } from '@cardea/storage/testkit'

describeStorage('createMemoryStorage', async () => {
  const events: StatementEvent[] = []
  const storage = createMemoryStorage({ log: (event) => events.push(event) })
  return {
    storage,
    events,
    inTransaction: (work) => storage.transaction(work),
    close: () => storage.close(),
  }
})
