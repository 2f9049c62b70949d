import { algorithmOf, type KeyRow, publicHalfOf } from './key-pair.js'
import type { PublishedKeys } from './signing-key-view.js'

/** The key set of rows: nothing but what a verifier needs. */
export const publishedKeys = (rows: readonly KeyRow[]): PublishedKeys => ({
  keys: rows.map((row) => {
    const { kty, crv, x, y } = publicHalfOf(row)
    const half = y === undefined ? { kty, crv, x } : { kty, crv, x, y }
    return { ...half, kid: row.id, alg: algorithmOf(row), use: 'sig' }
  }),
})
