/** What differs between the two. */
export interface MysqlServer {
  readonly isMariaDb: boolean
  /** Compares texts by their bytes, spaces at the end included. */
  readonly collation: string
}

/**
 * What the server is.
 *
 * The collations are NO PAD: others, `utf8mb4_bin` included, take `'a'` and `'a '` for the same.
 *
 * @param version As `version()` gives it.
 */
export function toServer(version: string): MysqlServer {
  const isMariaDb = /mariadb/i.test(version)
  return { isMariaDb, collation: isMariaDb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin' }
}
