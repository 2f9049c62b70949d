import type { RouteName } from '@cardea/http/contract'
import type { Got, World } from './world.js'

/** One thing that an app or its users do, ready to be done. */
export type Act = () => Promise<unknown>

/** A flow: what goes before it, and the act itself, which is observed. */
export interface Flow {
  readonly name: string
  /** The route that it takes; none for what only code does. */
  readonly route?: RouteName
  /** False where the number of statements depends on the number of tables. */
  readonly counted?: false
  /** True where the worker that sends mails is what it is about. */
  readonly mails?: true
  /** True where what is kept of it in the audit counts as well. */
  readonly audited?: true
  prepare(world: World): Promise<Act>
}

export const base = '/api/v1'
export const unknownId = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'

/** Fails where the answer is not the one that the flow is about. */
export async function expecting(status: number, answer: Promise<Got>): Promise<Got> {
  const got = await answer
  if (got.status !== status) throw new Error(`${got.status} instead of ${status}: ${JSON.stringify(got.body)}`)
  return got
}

/** Fails where the work does not. */
export async function refusing(code: string, work: Promise<unknown>): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== code) throw error
}

/** A flow that sends one body. */
export const post = (
  route: RouteName,
  name: string,
  path: string,
  status: number,
  body: (world: World) => unknown,
): Flow => ({
  name,
  route,
  prepare: async (world) => {
    const made = await body(world)
    return () => expecting(status, world.send('POST', `${base}${path}`, { body: made }))
  },
})
