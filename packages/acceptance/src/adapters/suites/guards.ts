import { describe, expect, it } from 'vitest'
import { type Framework, origin } from '../framework.js'
import { runner, told } from '../running.js'

/** Who is let in, and what handlers learn of it. */
export function guards(framework: Framework): void {
  describe('guards', () => {
    const start = runner(framework)

    it('say who came, by token or cookie', async () => {
      const { ask, signUp } = await start()
      const { id, headers, cookie } = await signUp()
      for (const sent of [headers, { cookie }]) {
        expect(await (await ask('/me', { headers: sent })).json()).toEqual({ userId: id })
        expect(await told(ask('/maybe', { headers: sent }))).toEqual([200, id])
      }
      expect(await told(ask('/maybe'))).toEqual([200, 'nobody'])
      expect(await told(ask('/maybe', { headers: { authorization: 'Bearer x' } }))).toEqual([401, 'token_invalid'])
      const refused = await ask('/me')
      expect(refused.headers.get('www-authenticate')).toBe('Bearer')
      expect(await told(refused)).toEqual([401, 'unauthenticated'])
      expect(await told(ask('/unguarded', { headers }))).toEqual([401, 'unauthenticated'])
    })

    it('judge by what they load, and hand it on', async () => {
      const { ask, events, signUp } = await start()
      const author = await signUp('author')
      const viewer = await signUp()
      const patch = async (id: string, headers: Readonly<Record<string, string>>) =>
        await told(ask(`/posts/${id}`, { method: 'PATCH', headers }))
      expect(await patch('mine', { ...author.headers, 'x-author': author.id })).toEqual([200, 'On hinges'])
      expect(await patch('mine', { ...author.headers, 'x-author': 'somebody' })).toEqual([403, 'forbidden'])
      expect(await patch('none', { ...author.headers })).toEqual([404, 'not_found'])
      expect(await patch('broken', { ...viewer.headers })).toEqual([403, 'forbidden'])
      expect(await patch('mine', { cookie: author.cookie, 'x-author': author.id })).toEqual([403, 'csrf_rejected'])
      const page = { cookie: author.cookie, 'x-author': author.id, origin }
      expect(await patch('mine', page)).toEqual([200, 'On hinges'])
      const denied = events.filter(({ type }) => type === 'access.denied')
      expect(denied.map(({ principalId, ip }) => [principalId, ip])).toEqual([
        [author.id, '127.0.0.1'],
        [viewer.id, '127.0.0.1'],
      ])
    })

    it('map methods', async () => {
      const { auth, ask, signUp } = await start()
      await signUp('admin')
      const { id, headers } = await signUp()
      const statuses = async () => {
        const found: Record<string, number> = {}
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
          found[method] = (await ask('/content', { method, headers })).status
        }
        return found
      }
      expect(await statuses()).toEqual({ GET: 200, HEAD: 200, POST: 403, PUT: 403, PATCH: 403, DELETE: 403 })
      await auth.permissions.assign(id, 'admin')
      expect(await statuses()).toEqual({ GET: 200, HEAD: 200, POST: 200, PUT: 200, PATCH: 200, DELETE: 200 })
      await auth.users.disable(id)
      expect((await ask('/content', { headers })).status).toBe(401)
    })

    it('leave refusals to the app that wants them', async () => {
      const { ask, signUp } = await start({ adapter: { refusals: 'throw' }, errors: 'app' })
      const viewer = await signUp()
      expect(await told(ask('/me'))).toEqual([599, 'unauthenticated'])
      expect(await told(ask('/maybe', { headers: { authorization: 'Bearer x' } }))).toEqual([599, 'token_invalid'])
      const patch = await ask('/posts/mine', { method: 'PATCH', headers: viewer.headers })
      expect(await told(patch)).toEqual([599, 'forbidden'])
      // Cardea's own routes stay as they are.
      expect(await told(ask('/api/v1/auth/me'))).toEqual([401, 'unauthenticated'])
    })

    it('answer refusals themselves in an app that has no handler of errors, or one of its own', async () => {
      for (const errors of ['framework', 'app'] as const) {
        const { ask, signUp } = await start({ errors })
        const viewer = await signUp()
        expect(await told(ask('/me'))).toEqual([401, 'unauthenticated'])
        const patch = ask('/posts/mine', { method: 'PATCH', headers: viewer.headers })
        expect(await told(patch)).toEqual([403, 'forbidden'])
      }
    })

    it.each([{ refusals: 'sometimes' }, { refusal: 'answer' }, { trustProxy: 'all' }])(
      'refuse options that are not right: %j',
      async (adapter) => {
        // As an app in JavaScript may write it.
        const wrong = { adapter } as { adapter: object }
        await expect(start(wrong)).rejects.toMatchObject({ code: 'configuration_invalid' })
      },
    )
  })
}
