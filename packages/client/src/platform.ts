import { CardeaClientError } from './errors/client-error.js'

/** Where tokens are kept: `localStorage`, React Native's `AsyncStorage`, or anything that works like them. */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
}

/** As much of Web Locks as is used. */
export interface Locks {
  request<Result>(name: string, work: () => Promise<Result>): Promise<Result>
}

/** As much of BroadcastChannel as is used. */
export interface Channel {
  postMessage(message: unknown): void
  close(): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
}

/** `Uint8Array<ArrayBuffer>`, by a name that TypeScript 5.6 knows, too, and that takes no types of a browser. */
type Bytes = ReturnType<Uint8ArrayConstructor['from']>

/** What the client takes of where it runs. */
export interface Platform {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls back after so many milliseconds, unless it is called off by what it returns. */
  readonly after: (milliseconds: number, call: () => void) => () => void
  /** Undefined where no other tab shares anything with this one. */
  readonly locks: Locks | undefined
  readonly openChannel: ((name: string) => Channel) | undefined
  /** Web Crypto; `subtle` is missing outside secure contexts, and all of it on React Native without a polyfill. */
  readonly crypto:
    | {
        getRandomValues(into: Bytes): Bytes
        readonly subtle?: { digest(algorithm: string, bytes: Bytes): Promise<ArrayBuffer> }
      }
    | undefined
}

/** What only some platforms have. Typed loosely, since none of it may be there. */
interface Surroundings {
  readonly document?: unknown
  readonly WorkerGlobalScope?: unknown
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => Channel
  readonly crypto: Platform['crypto']
}

/**
 * The platform as it is. Locks and channels are taken in browsers alone: where they exist on servers, they would have the requests
 * of different users wait for each other.
 */
export function platformWith(given: Partial<Platform> = {}): Platform {
  const here = globalThis as unknown as Surroundings
  const isBrowser = here.document !== undefined || here.WorkerGlobalScope !== undefined
  const { BroadcastChannel: Opened, navigator } = isBrowser ? here : ({} as Partial<Surroundings>)
  return {
    fetch: (url, init) => {
      if (!isBrowser && !/^https?:/.test(url)) {
        throw new CardeaClientError(
          'network_error',
          'Nothing was sent: outside a page, `url` has to be whole (https://…).',
        )
      }
      return fetch(url, init)
    },
    now: Date.now,
    after: (milliseconds, call) => {
      // What is longer than timers can wait would be at once.
      const timer = setTimeout(call, Math.min(milliseconds, 2 ** 31 - 1))
      return () => clearTimeout(timer)
    },
    locks: navigator?.locks,
    openChannel: Opened && ((name) => new Opened(name)),
    crypto: here.crypto,
    ...given,
  }
}
