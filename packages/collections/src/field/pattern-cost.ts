/**
 * How many ways a regular expression has at most to match one text, at all places together: what a backtracking engine
 * tries before it gives up. An upper bound; infinite where a repetition is repeated, and for backreferences.
 *
 * @param source Valid under the flag `u`.
 * @param length The longest text in UTF-16 units.
 * @see https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS
 */
export function patternCost(source: string, length: number): number {
  const reader = new Reader(source, length)
  const { ways, anchored } = reader.alternatives()
  return anchored ? ways : ways * (length + 1)
}

interface Cost {
  readonly ways: number
  /** Whether it can match at the beginning of the text only. */
  readonly anchored: boolean
}

/** Reads an expression from left to right. That it is valid is known, so whatever is left over stands for itself. */
class Reader {
  readonly #source: string
  readonly #length: number
  #at = 0

  constructor(source: string, length: number) {
    this.#source = source
    this.#length = length
  }

  alternatives(): Cost {
    let ways = 0
    let anchored = true
    do {
      const cost = this.#sequence()
      ways += cost.ways
      anchored &&= cost.anchored
    } while (this.#take('|'))
    return { ways, anchored }
  }

  #sequence(): Cost {
    const anchored = this.#source[this.#at] === '^'
    let ways = 1
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) {
      ways *= this.#repeated(this.#atom())
    }
    return { ways, anchored }
  }

  /** @returns In how many ways the atom matches by itself. */
  #atom(): number {
    if (this.#take('(')) {
      this.#match(/\?(?:[:=!]|<[=!]|<[^>]*>)/y)
      const { ways } = this.alternatives()
      this.#take(')')
      return ways
    }
    if (this.#match(/\\(?:[1-9]|k<)/y)) return Number.POSITIVE_INFINITY
    // A class, an escape, or one character: one way each.
    if (!this.#match(/\[(?:\\.|[^\]\\])*\]|\\(?:[pPu]\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|.)/isy)) this.#at += 1
    return 1
  }

  #repeated(ways: number): number {
    const [least, most] = this.#quantifier()
    if (ways === 1) return Math.min(most, this.#length) - Math.min(least, this.#length) + 1
    if (most > 1_000) return Number.POSITIVE_INFINITY
    let sum = 0
    for (let times = least; times <= most; times += 1) sum += ways ** times
    return sum
  }

  #quantifier(): readonly [number, number] {
    const [found, single, low, comma, high] = this.#read(/([*+?])|\{(\d+)(,?)(\d*)\}/y) ?? []
    if (found === undefined) return [1, 1]
    this.#take('?')
    if (single === '?') return [0, 1]
    if (single !== undefined) return [single === '*' ? 0 : 1, Number.POSITIVE_INFINITY]
    const least = Number(low)
    if (comma === '') return [least, least]
    return [least, high === '' ? Number.POSITIVE_INFINITY : Number(high)]
  }

  #take(character: string): boolean {
    if (this.#source[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #match(pattern: RegExp): boolean {
    return this.#read(pattern) !== null
  }

  #read(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#source)
    if (found !== null) this.#at = pattern.lastIndex
    return found
  }
}
