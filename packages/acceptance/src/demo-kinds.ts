import { isQuick, rounds } from '@cardea/storage/testkit'
import { type DatabaseKind, databaseKinds } from './databases.js'
import { demoOn, type Framework, frameworks } from './demo-server.js'

/** A demo server on a kind of database. */
export interface DemoKind {
  readonly name: string
  readonly framework: Framework
  readonly kind: DatabaseKind
  readonly script: string
}

const demoKind = (framework: Framework, kind: DatabaseKind): DemoKind => ({
  name: `${kind.name}, ${framework}`,
  framework,
  kind,
  script: demoOn(framework),
})

/**
 * Where there is little time, one framework runs on each database and the others on one: what differs is the adapter. At a desk
 * all of them run on one.
 */
const widely = rounds({ test: 0, ci: 0, long: 1 }) === 1

export const demoKinds: readonly DemoKind[] = frameworks.flatMap((framework, index) =>
  databaseKinds
    .slice(0, widely || (index === 0 && !isQuick()) ? undefined : 1)
    .map((kind) => demoKind(framework, kind)),
)
