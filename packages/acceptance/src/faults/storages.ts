import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import type { Storage } from 'cardea'
import { type DatabaseKind, databaseKinds } from '../databases.js'

const openers: Readonly<Record<string, (url: string, options?: { readonly poolSize?: number }) => Storage>> = {
  PostgreSQL: postgres,
  MySQL: mysql,
}

/** A kind of database that is reached over the network, with the storage of Cardea on it. */
export interface ServerStorage extends DatabaseKind {
  readonly open: (url: string, options?: { readonly poolSize?: number }) => Storage
}

/** Those that can be tested here. */
export const serverStorages: readonly ServerStorage[] = databaseKinds.flatMap((kind) => {
  const open = openers[kind.name]
  return open === undefined ? [] : [{ ...kind, open }]
})
