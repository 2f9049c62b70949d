import { DatabaseSync, StatementSync } from 'node:sqlite'
import { mysql } from '@cardea/kysely/mysql'
import { postgres } from '@cardea/kysely/postgres'
import { sqlite } from '@cardea/kysely/sqlite'
import type { Storage } from '@cardea/storage'
import * as mysql2 from 'mysql2'
import pg from 'pg'
import type { Job, Outcome } from './migrator.js'
import { versions } from './versions.ts'

/** The part of better-sqlite3, which is loaded as an app hands it in, that is used here. */
type BetterConstructor = new (
  path: string,
) => { prepare(sql: string): object; exec(sql: string): unknown; close(): void }

let job: Job | undefined
let statements: string[] = []

/** Ends this process as a power cut would: no handler runs, nothing is flushed. */
const die = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

/** Counts a statement, and dies where the job says so. What answers at once has no time in which it is only sent. */
function counted<Result>(sql: string, run: (answered: () => void) => Result): Result {
  statements.push(sql)
  const kill = statements.length - 1 === job?.kill?.statement ? job.kill.moment : undefined
  if (kill === 'before') die()
  const result = run(() => {
    if (kill === 'after') die()
  })
  if (kill === 'sent') die()
  return result
}

/** Puts a function in front of a method, which answers at once, by a promise, or by calling its last value back. */
function intercept<Method extends string>(
  prototype: object,
  method: Method,
  sqlOf: (self: object, values: readonly unknown[]) => string,
): void {
  const original = (prototype as Record<Method, (...values: unknown[]) => unknown>)[method]
  Object.defineProperty(prototype, method, {
    configurable: true,
    writable: true,
    value(this: object, ...values: unknown[]) {
      // Only the last value of a method that calls back is a function.
      const callback = values.at(-1) as ((...answer: unknown[]) => unknown) | undefined
      return counted(sqlOf(this, values), (answered) => {
        if (typeof callback === 'function') {
          values[values.length - 1] = (...answer: unknown[]) => {
            answered()
            callback(...answer)
          }
        }
        const result = original.apply(this, values)
        if (result instanceof Promise) void result.then(answered, answered)
        else if (typeof callback !== 'function') answered()
        return result
      })
    },
  })
}

const textOf = ({ text, sql }: { readonly text?: string; readonly sql?: string }): string => text ?? sql ?? ''
const firstText = (_self: object, [value]: readonly unknown[]): string =>
  typeof value === 'string' ? value : textOf(value as { readonly text?: string; readonly sql?: string })

async function openBetter(path: string): Promise<Storage> {
  const { default: Better } = (await import(String('better-sqlite3'))) as { readonly default: BetterConstructor }
  const database = new Better(path)
  const statement: object = Object.getPrototypeOf(database.prepare('select 1'))
  if (!Object.hasOwn(statement, 'intercepted')) {
    Object.defineProperty(statement, 'intercepted', { value: true })
    intercept(Better.prototype as object, 'exec', firstText)
    for (const method of ['run', 'all', 'get']) {
      intercept(statement, method, (self) => (self as { readonly source: string }).source)
    }
  }
  const storage = sqlite(database)
  return { ...storage, close: () => storage.close().then(() => database.close()) }
}

const openers: Readonly<Record<Job['driver'], (url: string) => Storage | Promise<Storage>>> = {
  'node:sqlite': (path) => sqlite(path),
  'better-sqlite3': openBetter,
  pg: (url) => postgres(url),
  mysql2: (url) => mysql(url),
}

intercept(DatabaseSync.prototype, 'exec', firstText)
for (const method of ['run', 'all', 'get']) {
  intercept(StatementSync.prototype, method, (self) => (self as { readonly sourceSQL: string }).sourceSQL)
}
intercept(pg.Client.prototype, 'query', firstText)
// A class, although the types of the library tell of an interface only.
const { prototype } = (mysql2 as unknown as { readonly Connection: { readonly prototype: object } }).Connection
for (const method of ['query', 'execute']) intercept(prototype, method, firstText)

async function work(next: Job): Promise<Outcome> {
  const storage = await openers[next.driver](next.url)
  job = next
  statements = []
  try {
    const { steps } = await storage.migrate(versions[next.version])
    return { steps: steps.length, statements }
  } catch (error) {
    return { steps: 0, statements, error: String(error) }
  } finally {
    job = undefined
    await storage.close()
  }
}

process.on('message', (next: Job) => {
  void work(next).then((outcome) => process.send?.(outcome))
})
process.send?.('ready')
