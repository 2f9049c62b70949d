import type { StorageExamination } from '../contract/examination.js'

/** What there is to say of a storage that nothing can be wrong with, and that does not last. */
export const examineMemory = (): StorageExamination => ({
  version: 'memory',
  now: undefined,
  findings: [
    {
      name: 'durability',
      status: 'warning',
      message: 'everything is kept in memory and ends with the process',
      advice: "give createCardea a database, such as storage: sqlite('./app.db')",
    },
  ],
})
