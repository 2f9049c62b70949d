import { describe, expect, it } from 'vitest'
import type { Framework } from '../framework.js'
import { runner, told } from '../running.js'

/** What goes wrong in handlers and loaders is answered once, tells nothing, and ends nothing. */
export function failures(framework: Framework): void {
  describe('failures', () => {
    const start = runner(framework)

    it('of handlers and loaders are faults that say nothing of their cause', async () => {
      const { ask, logs, signUp } = await start()
      const { headers } = await signUp('author')
      for (const [path, method] of [
        ['/throws/sync', 'GET'],
        ['/throws/async', 'GET'],
        ['/posts/broken', 'PATCH'],
      ] as const) {
        const response = await ask(path, { method, headers })
        const requestId = response.headers.get('x-request-id')
        expect(response.headers.get('content-type')).toBe('application/problem+json')
        const text = await response.text()
        expect(response.status).toBe(500)
        expect(text).not.toContain('hunter2')
        const faults = logs.filter(({ level }) => level === 'error').map(({ fields }) => fields)
        expect(faults.at(-1)).toMatchObject({ status: 500, request_id: requestId })
      }
      expect(await told(ask('/throws/conflict'))).toEqual([409, 'conflict'])
    })

    it('reach the app’s own handler of errors', async () => {
      const { ask, signUp } = await start({ errors: 'app' })
      const { headers } = await signUp('author')
      expect(await told(ask('/throws/sync'))).toEqual([599, 'Error: hunter2'])
      expect(await told(ask('/throws/async'))).toEqual([599, 'Error: hunter2'])
      expect(await told(ask('/throws/conflict'))).toEqual([599, 'conflict'])
      expect(await told(ask('/posts/broken', { method: 'PATCH', headers }))).toEqual([599, 'Error: hunter2'])
      expect(await told(ask('/unguarded', { headers }))).toEqual([599, 'unauthenticated'])
    })

    it('after the answer has begun break it off, and nothing else', async () => {
      let release = (): void => undefined
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const { ask, signUp } = await start({ pause: () => released })
      const { headers } = await signUp()
      const broken = await ask('/stream/broken', { headers })
      expect(broken.status).toBe(200)
      const text = broken.text()
      release()
      await expect(text).rejects.toThrow('terminated')
      expect((await ask('/health')).status).toBe(200)
    })
  })
}
