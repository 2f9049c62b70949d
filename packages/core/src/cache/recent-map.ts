/**
 * Remembers what was used of late: at most `maximum` entries, and always the half of as many that were used last.
 *
 * Entries are in two generations. A full young one becomes the old one, and what the old one then held and nobody asked for
 * is gone. So a read of a young entry moves nothing, and costs what a Map's does.
 */
export class RecentMap<Key, Value extends NonNullable<unknown>> {
  readonly #generation: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  /** @param maximum A whole number from 2. */
  constructor(maximum: number) {
    this.#generation = Math.max(1, Math.floor(maximum / 2))
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: Key, value: Value): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#generation) return
    this.#old = this.#young
    this.#young = new Map()
  }

  delete(key: Key): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
