import { rounds } from '@cardea/storage/testkit'

/** How long a rig may take, in milliseconds: its long form takes as long as it takes, on a busy machine too. */
export const timeLimit = rounds({ test: 300_000, ci: 300_000, long: 3_600_000 })
