import type { Clock } from '@cardea/core/crypto'
import type { Catalog } from './catalog.js'
import type { Layer } from './layer.js'

/** What one verb works on: the tables that exist, the rows as its caller sees them, the clock. */
export interface Engine {
  readonly catalog: Catalog
  readonly layer: Layer
  /** The same instant throughout the verb, as in a statement. */
  readonly now: Clock
}

/** Makes the engine of one verb. */
export function createEngine(catalog: Catalog, layer: Layer, clock: Clock): Engine {
  let instant: number | undefined
  return {
    catalog,
    layer,
    now: () => {
      instant ??= clock()
      return instant
    },
  }
}
