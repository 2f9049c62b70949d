import { rounds } from '@cardea/storage/testkit'

/** Whether apps of Next are tested: their builds alone take as long as most tests. */
export const testsNext = rounds({ test: 0, ci: 1, long: 1 }) === 1
