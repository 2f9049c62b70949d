/** A place where several workers wait for each other, but not forever. */
export class Gate {
  readonly #expected: number
  readonly #open: Promise<void>
  #release: () => void = () => {}
  #arrived = 0
  #abandoned = false

  constructor(expected: number) {
    this.#expected = expected
    this.#open = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  /** Whether all of them were here before the first lost its patience. */
  get met(): boolean {
    return !this.#abandoned && this.#arrived >= this.#expected
  }

  /** Waits until all are here, or until the time is up; afterwards the gate stays open for those who come again. */
  async arrive(patienceMilliseconds: number): Promise<void> {
    this.#arrived += 1
    if (this.met) this.#release()
    let timer: ReturnType<typeof setTimeout> | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        if (!this.met) this.#abandoned = true
        resolve()
      }, patienceMilliseconds)
    })
    await Promise.race([this.#open, patience])
    clearTimeout(timer)
    this.#release()
  }
}
