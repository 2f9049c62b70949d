/** More than any app has statements of one shape; those that are not in it are prepared again. */
const maximumStatements = 500

/** Keeps prepared statements by their text: preparing one costs several times what running it does. */
export class StatementCache<Statement> {
  readonly #prepare: (sql: string) => Statement
  readonly #statements = new Map<string, Statement>()

  constructor(prepare: (sql: string) => Statement) {
    this.#prepare = prepare
  }

  get(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#prepare(sql)
    if (this.#statements.size === maximumStatements) {
      // The first key of a map is the one that went in first.
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest)
        break
      }
    }
    this.#statements.set(sql, statement)
    return statement
  }
}
