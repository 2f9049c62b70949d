import { and } from '@cardea/core'
import { afterAll, beforeAll, beforeEach, describe, it, type TestContext } from 'vitest'
import { systemTables } from '../schema/tables.js'
import { rounds } from './rounds.js'
import type { DeclareTest, Need, OpenedStorage, OpenStorage, StorageCapabilities, Subject } from './subject.js'
import { byteTests } from './suites/bytes.js'
import { clockTests } from './suites/clock.js'
import { conditionTests } from './suites/conditions.js'
import { conflictTests } from './suites/conflicts.js'
import { constraintTests } from './suites/constraints.js'
import { hostileTests } from './suites/hostile.js'
import { includeTests } from './suites/includes.js'
import { joinTests } from './suites/join.js'
import { malformedTests } from './suites/malformed.js'
import { mappedTests } from './suites/mapped.js'
import { migrationTests } from './suites/migrations.js'
import { orderTests } from './suites/order.js'
import { raceTests } from './suites/races.js'
import { readTests } from './suites/reads.js'
import { systemTableTests } from './suites/system-tables.js'
import { transactionTests } from './suites/transactions.js'
import { valueTests } from './suites/values.js'
import { writeTests } from './suites/writes.js'
import { settings, suiteTables } from './tables.js'

/** Races on a slow machine with few cores need their time. */
const timeoutMilliseconds = { test: 60_000, ci: 180_000, long: 3_600_000 }

/** The parts of the suite, each a group of tests. */
const suites: Readonly<Record<string, (test: DeclareTest) => void>> = {
  reads: readTests,
  writes: writeTests,
  values: valueTests,
  'text as bytes': byteTests,
  'hostile values': hostileTests,
  'malformed queries': malformedTests,
  conditions: conditionTests,
  'order and pages': orderTests,
  includes: includeTests,
  onConflict: conflictTests,
  constraints: constraintTests,
  'databaseNow()': clockTests,
  transactions: transactionTests,
  races: raceTests,
  'join()': joinTests,
  'Cardea’s own tables': systemTableTests,
  migrations: migrationTests,
  'tables of the app': mappedTests,
}

/**
 * Declares the tests that every storage adapter passes: the whole contract, hostile values and races included.
 *
 * Call it in a test file of vitest. It migrates tables of its own (`suite_…`) and Cardea's.
 *
 * @param name The adapter's name, for the report.
 * @param open Opens an empty database for this run, or says why there is none.
 * @param capabilities What the adapter leaves out, with reasons. Cardea itself needs all of it.
 */
export function describeStorage(name: string, open: OpenStorage, capabilities: StorageCapabilities = {}): void {
  describe(name, () => {
    let opened: OpenedStorage | undefined
    let skipped = 'the storage was not opened'

    beforeAll(async () => {
      const result = await open()
      if (result.skipped !== undefined) {
        skipped = result.skipped
        return
      }
      opened = result
      await opened.storage.migrate([...systemTables, ...suiteTables])
    })

    beforeEach(async () => {
      if (opened !== undefined) await clear(opened)
    })

    afterAll(async () => {
      await opened?.close()
    })

    const declare: DeclareTest = (title, body, needs = []) => {
      it(title, { timeout: rounds(timeoutMilliseconds) }, async (context) => {
        if (opened === undefined) return context.skip(skipped)
        for (const need of needs) requireNeed(context, need, opened, capabilities)
        await body(subjectOf(opened))
      })
    }
    for (const [title, suite] of Object.entries(suites)) describe(title, () => suite(declare))
  })
}

/** Leaves the suite's tables as the migration made them. */
async function clear({ storage }: OpenedStorage): Promise<void> {
  for (const table of suiteTables.toReversed()) {
    if (table !== settings) await storage.delete(table, and())
  }
}

function requireNeed(
  context: TestContext,
  need: Need,
  opened: OpenedStorage,
  { unsupported = {} }: StorageCapabilities,
): void {
  if (need === 'second' || need === 'execute' || need === 'inTransaction' || need === 'events') {
    if (opened[need] === undefined) context.skip(`open() hands over no ${need}`)
    return
  }
  const reason = unsupported[need]
  if (reason !== undefined) context.skip(`${need}: ${reason}`)
}

function subjectOf(opened: OpenedStorage): Subject {
  return {
    storage: opened.storage,
    second: opened.second ?? opened.storage,
    // Tests that use these declare the need, so they run only where open() hands them over.
    execute: (sql) => opened.execute?.(sql) ?? Promise.reject(new Error('no execute')),
    inTransaction: (work) => opened.inTransaction?.(work) ?? Promise.reject(new Error('no inTransaction')),
    events: opened.events ?? [],
  }
}
