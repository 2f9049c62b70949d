import { openCardea } from '../peers/open-cardea.ts'
import type { World } from '../world/world.ts'
import { checkToken } from './cardea-calls.ts'

/** Builds a turn in which each access token comes for the first time: a new instance remembers none. */
export function createFirstSight({ file, callers }: World['cardea']): () => Promise<number> {
  return async () => {
    const auth = openCardea(file, { mode: 'stateless' })
    await auth.ready()
    const check = checkToken(auth, callers)
    // The first one of all imports the key.
    await check(0)
    const start = performance.now()
    for (let index = 1; index < callers.length; index += 1) await check(index)
    const elapsed = performance.now() - start
    await auth.close()
    return (elapsed / (callers.length - 1)) * 1_000
  }
}
