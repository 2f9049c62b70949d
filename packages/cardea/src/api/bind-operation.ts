import { loadOperations } from '../later/load-operations.js'
import type { Services } from '../services/services.js'

type Operations = Awaited<ReturnType<typeof loadOperations>>

/** An operation as it is called: with the services in hand. */
type Bound<Operation> = Operation extends (services: Services, ...input: infer Input) => Promise<infer Result>
  ? (...input: Input) => Promise<Result>
  : never

/** Hands services to an operation, which is loaded with its first call. */
export const bindOperation =
  (services: Services) =>
  <Name extends keyof Operations>(name: Name): Bound<Operations[Name]> => {
    const work = async (...input: readonly unknown[]): Promise<unknown> =>
      Reflect.apply((await loadOperations())[name], undefined, [services, ...input]) as unknown
    // It takes what the operation takes besides the services, and gives what that gives.
    return work as Bound<Operations[Name]>
  }
