/**
 * How many steps a backtracking engine takes, at most, before it gives up on one text: in how many ways a regular expression
 * can match, at all places together, times what each way has to do again. An upper bound; infinite where a repetition is
 * repeated, and for backreferences.
 *
 * @param source Valid under the flag `u`.
 * @param length The longest text in UTF-16 units.
 * @see https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS
 */
export function patternCost(source: string, length: number): number {
  const reader = new Reader(source, length)
  const { ways, work, anchored } = reader.alternatives()
  return ways * Math.max(1, work) * (anchored ? 1 : length + 1)
}

/** What looking at one character costs, beside going another way: going back, and keeping what a group took. */
const characterWork = 1 / 8

/** What an atom costs by itself. */
interface AtomCost {
  readonly ways: number
  /** What one way has to do again, in steps. */
  readonly work: number
}

interface Cost extends AtomCost {
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
    let work = 0
    let anchored = true
    do {
      const cost = this.#sequence()
      ways += cost.ways
      work = Math.max(work, cost.work)
      anchored &&= cost.anchored
    } while (this.#take('|'))
    return { ways, work, anchored }
  }

  #sequence(): Cost {
    const anchored = this.#source[this.#at] === '^'
    let ways = 1
    let work = 0
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) {
      const cost = this.#repeated(this.#atom())
      ways *= cost.ways
      work += cost.work
    }
    return { ways, work, anchored }
  }

  #atom(): AtomCost {
    if (this.#take('(')) {
      this.#match(/\?(?:[:=!]|<[=!]|<[^>]*>)/y)
      const { ways, work } = this.alternatives()
      this.#take(')')
      return { ways, work }
    }
    if (this.#match(/\\(?:[1-9]|k<)/y)) return { ways: Number.POSITIVE_INFINITY, work: characterWork }
    // Looks at no character.
    if (this.#match(/[\^$]/y)) return { ways: 1, work: 0 }
    // A class, an escape, or one character: one way each.
    if (!this.#match(/\[(?:\\.|[^\]\\])*\]|\\(?:[pPu]\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|.)/isy)) this.#at += 1
    return { ways: 1, work: characterWork }
  }

  #repeated({ ways, work }: AtomCost): AtomCost {
    const [least, most] = this.#quantifier()
    const [fewest, times] = [Math.min(least, this.#length), Math.min(most, this.#length)]
    // Each further time is a way of its own, and so counted already.
    if (ways === 1) return { ways: times - fewest + 1, work: work * Math.max(1, fewest) }
    if (most > 1_000) return { ways: Number.POSITIVE_INFINITY, work }
    let sum = 0
    for (let count = least; count <= most; count += 1) sum += ways ** count
    return { ways: sum, work: Math.max(1, work) * Math.max(1, times) }
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
