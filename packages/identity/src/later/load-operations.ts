import { lazy } from '@cardea/core'

export const loadOperations = lazy(() => import('./operations.js'))

/**
 * Methods of a service that is made with the first call of any of them.
 *
 * @param names The names of all of its methods.
 */
export function lazyMethods<Service extends Methods<Service>>(
  make: () => Promise<Service>,
  names: { readonly [Name in keyof Service]: true },
): Service {
  const load = lazy(make)
  const call =
    (name: keyof Service) =>
    async (...values: never[]): Promise<unknown> =>
      await (await load())[name](...values)
  // Each of them takes what the method of its name does, and gives what that gives.
  return Object.fromEntries(Object.keys(names).map((name) => [name, call(name as keyof Service)])) as Service
}

/** Only what is waited for anyway can load first. */
type Methods<Service> = { readonly [Name in keyof Service]: (...values: never[]) => Promise<unknown> }
