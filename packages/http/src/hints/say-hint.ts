import type { Instance } from '../guard/instance.js'
import { loadLater } from '../routes/load-later.js'

/** Something that an app may have forgotten, of which no option is wrong by itself. */
export type Hint = 'proxy' | 'unguarded'

const said = new WeakMap<object, Set<Hint>>()

/** Warns of something in the log, once for each instance. */
export function sayHint({ config }: Pick<Instance, 'config'>, hint: Hint, error?: Error): void {
  const before = said.get(config)
  if (before?.has(hint) === true) return
  said.set(config, new Set(before).add(hint))
  config.background(loadLater().then(({ hints }) => config.logger.warn(hints[hint], error && { error })))
}
