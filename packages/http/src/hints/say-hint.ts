import type { Instance } from '../guard/instance.js'
import type { hints } from './hints.js'

/** Something that an app may have forgotten, of which no option is wrong by itself. */
export type Hint = keyof typeof hints

const said = new WeakMap<object, Set<Hint>>()

/** Warns of something in the log, once for each instance. */
export function sayHint({ config }: Pick<Instance, 'config'>, hint: Hint, error?: Error): void {
  const before = said.get(config)
  if (before?.has(hint) === true) return
  said.set(config, new Set(before).add(hint))
  config.background(import('./hints.js').then((later) => config.logger.warn(later.hints[hint], error && { error })))
}
