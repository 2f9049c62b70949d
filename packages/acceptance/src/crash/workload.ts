import { type Account, certainStateOf } from './account.js'
import { Lane, type Surroundings } from './lane.js'
import { newAccount, operate } from './operations.js'

/** Most accounts that one lane goes on with. */
const accountsPerLane = 4

/** After a failure a client waits, less than it is asked to: else its requests would be failures for the most part. */
const pauseMilliseconds = 50

/** Clients that register, sign in and so on, all at once, until they are stopped. */
export class Workload {
  /** Every account that there ever was. */
  readonly accounts: Account[] = []
  readonly surroundings: Surroundings
  readonly #first: number
  #lanes: Promise<void>[] = []
  #stopping = false

  /** @param first The number of the first account. */
  constructor(surroundings: Surroundings, first = 0) {
    this.surroundings = surroundings
    this.#first = first
  }

  start(lanes: number): void {
    this.#stopping = false
    this.#lanes = Array.from({ length: lanes }, () => this.#run(new Lane(this.surroundings)))
  }

  /** Lets every lane end what it is doing. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#lanes)
  }

  async #run(lane: Lane): Promise<void> {
    const { random } = this.surroundings
    let own: Account[] = []
    while (!this.#stopping) {
      // What became of the others is looked at later.
      own = own.filter((account) => certainStateOf(account) !== undefined).slice(-accountsPerLane)
      if (own.length < 2 || random.below(6) === 0) own.push(this.#add())
      await operate(lane, random.pick(own))
      if (lane.failed) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
    }
  }

  #add(): Account {
    const number = this.#first + this.accounts.length
    const account = newAccount(number % 2 === 0 ? 'users' : 'customers', `account${number}@example.com`)
    this.accounts.push(account)
    return account
  }
}
