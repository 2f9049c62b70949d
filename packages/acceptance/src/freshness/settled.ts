/**
 * What is known to be true of a right while it is changed and looked at on several nodes at once: a value that an answer
 * confirmed, or nothing while a change is under way.
 */
export class Settled {
  #value: boolean | undefined
  #changes = 0
  readonly #wrong: string[] = []

  constructor(value: boolean) {
    this.#value = value
  }

  /** Makes a change. From its answer on, the value is true. */
  async change(value: boolean, change: () => Promise<unknown>): Promise<void> {
    this.#changes += 1
    this.#value = undefined
    await change()
    this.#changes += 1
    this.#value = value
  }

  /** Looks, and notes an answer that was wrong for as long as the looking took. */
  async look(where: string, look: () => Promise<boolean>): Promise<void> {
    const [value, changes] = [this.#value, this.#changes]
    const seen = await look()
    // A change that began meanwhile may have been seen or not.
    if (value !== undefined && changes === this.#changes && seen !== value) {
      this.#wrong.push(`${where} said ${seen} after change ${changes / 2} was answered`)
    }
  }

  /** All answers that were wrong. */
  get wrong(): readonly string[] {
    return this.#wrong
  }
}

/** Looks on and on, several times at once, while something else is done. */
export async function whileLooking(looks: readonly (() => Promise<void>)[], work: () => Promise<void>): Promise<void> {
  let isOver = false
  const looking = looks.map(async (look) => {
    while (!isOver) await look()
  })
  try {
    await work()
  } finally {
    isOver = true
    await Promise.all(looking)
  }
}
