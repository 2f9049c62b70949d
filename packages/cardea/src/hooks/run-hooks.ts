import { CardeaError } from '@cardea/core'
import type { Logger } from '../options/logger.js'
import { isolate } from '../services/isolate.js'
import type { Hooks } from './hooks.js'

type BeforeName = Extract<keyof Hooks, `before${string}`>
type AfterName = Extract<keyof Hooks, `after${string}`>
type AboutOf<Name extends BeforeName | AfterName> = Parameters<NonNullable<Hooks[Name]>>[0]

/** Calls the app's hooks. */
export interface HookRunner {
  /** Whether there is such a hook, so that what it is told need not be made for nobody. */
  has(name: keyof Hooks): boolean
  /**
   * Waits for a hook that comes before.
   *
   * @throws CardeaError `forbidden` with the hook's words when it refuses; `internal_error` when it fails, `unavailable`
   * when it does not end.
   */
  before<Name extends BeforeName>(name: Name, about: AboutOf<Name>): Promise<void>
  /** Calls a hook that comes after, and waits for nothing. */
  after<Name extends AfterName>(name: Name, about: AboutOf<Name>): void
  /** The further claims of an access token. @throws CardeaError `internal_error`, `unavailable`. */
  claims(about: AboutOfClaims): Promise<Readonly<Record<string, unknown>> | undefined>
}

type AboutOfClaims = Parameters<NonNullable<Hooks['accessTokenClaims']>>[0]

/** Runs a function after a time, unless it is cancelled. */
export type SetTimer = (work: () => void, milliseconds: number) => () => void

/** How long a request waits for a hook of the app. */
const longestMilliseconds = 5_000

/** A text that a client is shown must not be an essay. */
const longestRefusal = 500

export function createHookRunner(hooks: Hooks, logger: Logger, setTimer: SetTimer): HookRunner {
  const inTime = async <Result>(name: string, work: () => Result | Promise<Result>): Promise<Result> => {
    let cancel: () => void = () => undefined
    const late = new Promise<never>((_resolve, reject) => {
      cancel = setTimer(() => {
        logger.error('A hook did not end.', { hook: name, milliseconds: longestMilliseconds })
        reject(new CardeaError('unavailable', 'A step of the app did not end in time.', { retryAfterSeconds: 5 }))
      }, longestMilliseconds)
    })
    try {
      return await Promise.race([call(name, work), late])
    } finally {
      cancel()
    }
  }

  const call = async <Result>(name: string, work: () => Result | Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (cause) {
      logger.error('A hook failed.', { hook: name, error: cause })
      throw new CardeaError('internal_error', 'A step of the app failed.', { cause })
    }
  }

  return {
    has: (name) => hooks[name] !== undefined,
    before: async (name, about) => {
      // What is told belongs to the hook of this name; the compiler does not follow it through the union.
      const hook = hooks[name] as ((about: AboutOf<BeforeName>) => unknown) | undefined
      if (hook === undefined) return
      const answer = await inTime(name, () => hook(about))
      if (answer === undefined) return
      throw new CardeaError('forbidden', refusalIn(answer) ?? 'This was refused.')
    },
    after: (name, about) => {
      const hook = hooks[name] as ((about: AboutOf<AfterName>) => unknown) | undefined
      if (hook === undefined) return
      isolate(
        () => hook(about),
        (error) => logger.error('A hook failed.', { hook: name, error }),
      )
    },
    claims: async (about) => {
      const hook = hooks.accessTokenClaims
      return hook === undefined ? undefined : await inTime('accessTokenClaims', () => hook(about))
    },
  }
}

/** Holds back hooks that come after, until what they come after is known to be there. */
export function holdAfterHooks(hooks: HookRunner): { readonly hooks: HookRunner; readonly flush: () => void } {
  const held: (() => void)[] = []
  return {
    hooks: {
      ...hooks,
      after: (name, about) => {
        held.push(() => hooks.after(name, about))
      },
    },
    flush() {
      for (const call of held.splice(0)) call()
    },
  }
}

/** Whatever is not undefined refuses, also what has the wrong shape: a hook that means something must not be unheard. */
function refusalIn(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { refuse } = answer as { readonly refuse?: unknown }
  return typeof refuse === 'string' ? refuse.slice(0, longestRefusal) : undefined
}
