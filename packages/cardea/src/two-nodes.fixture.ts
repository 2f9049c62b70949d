import type { databases, TestDatabase } from './databases.fixture.js'
import { createTestCardea } from './testing.fixture.js'

/** Two instances on one database, as two processes have them. */
export interface TwoNodes {
  readonly database: TestDatabase
  readonly nodes: readonly [ReturnType<typeof createTestCardea>, ReturnType<typeof createTestCardea>]
}

/** Opens a database, and two nodes on it that are ready to serve. */
export async function openTwoNodes(open: (typeof databases)[number]['open']): Promise<TwoNodes> {
  const database = await open()
  const nodes = [
    createTestCardea({ storage: database.nodes[0] }),
    createTestCardea({ storage: database.nodes[1] }),
  ] as const
  await nodes[0].auth.migrate()
  await Promise.all(nodes.map(({ auth }) => auth.ready()))
  return { database, nodes }
}

/** Closes what was opened, as far as it came. */
export async function closeTwoNodes({ database, nodes }: Partial<TwoNodes>): Promise<void> {
  await Promise.all((nodes ?? []).map(({ auth }) => auth.close()))
  await database?.close()
}
