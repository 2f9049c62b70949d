import { type Answer, type Client, type RequestOptions, textOf } from '../client.js'
import type { Random } from '../seed.js'
import { type Account, pathOf, type State } from './account.js'
import type { History } from './history.js'

/** What a lane sends its requests to, and what may happen to them. */
export interface Surroundings {
  /** The way to the server, wherever it is at the moment. */
  client(): Client
  /** Whether it may go without an answer that a request is sent, as while the server is killed. */
  readonly mayLose: () => boolean
  /**
   * How long it may take until a request is refused that was sent at an instant, in milliseconds. What is done takes as long as a
   * busy machine takes for it; ten times that is as good as never.
   */
  readonly limitMilliseconds: (startedAt: number) => number
  readonly history: History
  readonly random: Random
}

/** What is sent, and what follows when it was done. */
export interface Attempt {
  readonly operation: string
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Below the account's path. */
  readonly path: string
  readonly options?: RequestOptions
  /** The answer to a request that was done: its status, and the code where that is an error. */
  readonly expected: number | `${number} ${string}`
  /** The state of the account after it, from the state before. */
  readonly effect?: (state: State) => State
  /** Another answer that may be right as well, and the state after it. */
  readonly otherwise?: {
    readonly isRight: (outcome: string) => boolean
    readonly effect: (state: State) => State
  }
}

/** One client, which sends one request after the other. */
export class Lane {
  readonly surroundings: Surroundings
  #failed = false

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings
  }

  /** Whether the last request found nobody who could serve it. */
  get failed(): boolean {
    return this.#failed
  }

  get client(): Client {
    return this.surroundings.client()
  }

  /**
   * Sends a request and notes what it makes of the account.
   *
   * @returns The answer; undefined when it is open whether the request was done.
   */
  async attempt(account: Account, attempt: Attempt): Promise<Answer | undefined> {
    const answer = await this.send(account, attempt)
    const { effect = (state: State) => state } = attempt
    if (answer === undefined || answer.status === 503) {
      // Not known to be done and not known not to be done.
      if (attempt.effect !== undefined) account.states = [...account.states, ...account.states.map(effect)]
      return undefined
    }
    if (outcomeOf(answer) === String(attempt.expected)) {
      account.states = account.states.map(effect)
      return answer
    }
    if (attempt.otherwise?.isRight(outcomeOf(answer)) === true) {
      account.states = account.states.map(attempt.otherwise.effect)
      return undefined
    }
    this.violate(account, `${attempt.operation} was answered with ${outcomeOf(answer)} instead of ${attempt.expected}`)
    return undefined
  }

  /** Sends a request. Whatever the answer is, it must come in time, and an error must be one that clients understand. */
  async send(account: Account, { operation, method = 'POST', path, options }: Attempt): Promise<Answer | undefined> {
    const { history, limitMilliseconds, mayLose } = this.surroundings
    const entry = history.begin(operation, account.email)
    let answer: Answer | undefined
    this.#failed = true
    try {
      answer = await this.client.send(method, `${pathOf(account)}${path}`, options)
    } catch (error) {
      history.end(entry, 'lost')
      if (!mayLose()) this.violate(account, `${operation} got no answer: ${String((error as Error).cause ?? error)}`)
      return undefined
    }
    this.#failed = answer.status === 503
    history.end(entry, outcomeOf(answer))
    const took = performance.now() - entry.startedAt
    const limit = limitMilliseconds(entry.startedAt) * (this.#failed ? 1 : 10)
    if (took > limit) this.violate(account, `${operation} took ${Math.round(took)} ms`)
    if (answer.status === 503) {
      const code = textOf(answer.body['code'])
      if (code !== 'unavailable') this.violate(account, `${operation}: 503 with the code ${code}`)
      if (!/^\d+$/.test(answer.headers.get('retry-after') ?? '')) {
        this.violate(account, `${operation}: 503 without Retry-After`)
      }
    }
    return answer
  }

  violate(account: Account, what: string): void {
    this.surroundings.history.violate(account.email, what)
  }
}

/** The status, and the code where it is an error. */
export const outcomeOf = ({ status, body }: Answer): string =>
  status < 400 ? String(status) : `${status} ${textOf(body['code'])}`
