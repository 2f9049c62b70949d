import { lazy } from '@cardea/core'
import type { KeyRing, KeyRingDeps } from './key-ring.js'

/** A key ring that most apps, which sign with HS256, never load. */
export interface LazyKeyRing {
  load(): Promise<KeyRing>
  /** A ring that was never loaded has nothing to forget. */
  forget(): void
}

export function lazyKeyRing(deps: KeyRingDeps): LazyKeyRing {
  let loaded: KeyRing | undefined
  return {
    load: lazy(async () => {
      const { createKeyRing } = await import('./key-ring.js')
      loaded = createKeyRing(deps)
      return loaded
    }),
    forget: () => loaded?.forget(),
  }
}
