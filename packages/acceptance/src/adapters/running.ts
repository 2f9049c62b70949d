import { afterEach } from 'vitest'
import { type AppOptions, createInstance, type Framework, type Instance, listen, type RunningApp } from './framework.js'

/** An app that runs, with what its tests ask. */
export interface Running extends RunningApp, Omit<Instance, 'close'> {
  /** Sends a request to it. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  /** Somebody who is signed in. */
  readonly signUp: (role?: string) => Promise<{
    readonly id: string
    readonly headers: Readonly<Record<string, string>>
    readonly cookie: string
    readonly email: string
    readonly password: string
  }>
}

/** Starts apps that end with the test. */
export function runner(framework: Framework): (options?: AppOptions & { basePath?: string }) => Promise<Running> {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  return async ({ basePath, ...options } = {}) => {
    const instance = await createInstance(basePath)
    const app = await listen(
      framework.listener(instance.auth, { ...options, adapter: { rateLimits: 'off', ...options.adapter } }),
    )
    closing.push(async () => await app.close())
    let count = 0
    return {
      ...instance,
      ...app,
      ask: async (path, init) => await fetch(`${app.url}${path}`, init),
      signUp: async (role) => {
        count += 1
        const email = `somebody${count}@example.test`
        const { headers, cookie, user, password } = await instance.signInAs({ email })
        const id = String(user['id'])
        if (role !== undefined) await instance.auth.permissions.assign(id, role)
        return { id, headers, cookie, email, password }
      },
    }
  }
}

/** A request with a body in JSON. */
export const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** The status and the code of a problem; the text of what is none. */
export async function told(answer: Response | Promise<Response>): Promise<readonly [number, unknown]> {
  const response = await answer
  if (response.headers.get('content-type') !== 'application/problem+json')
    return [response.status, await response.text()]
  const { code } = (await response.json()) as { readonly code?: unknown }
  return [response.status, code]
}

/** The status alone. */
export const statusOf = async (answer: Response | Promise<Response>): Promise<number> => (await told(answer))[0]
