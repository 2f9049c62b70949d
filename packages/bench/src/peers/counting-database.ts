import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** Tells of every statement that is prepared; better-auth's driver prepares each one that it runs. */
export class CountingDatabase extends DatabaseSync {
  onStatement: ((sql: string) => void) | undefined

  override prepare(...input: Parameters<DatabaseSync['prepare']>): StatementSync {
    if (!/^(begin|commit|rollback)/i.test(input[0])) this.onStatement?.(input[0])
    return super.prepare(...input)
  }
}
