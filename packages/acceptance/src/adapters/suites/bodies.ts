import { describe, expect, it } from 'vitest'
import type { Framework, Parser } from '../framework.js'
import { password } from '../framework.js'
import { post, runner, statusOf, told } from '../running.js'

const register = '/api/v1/auth/register'
const parsers: readonly Parser[] = ['json', 'urlencoded', 'raw', 'text']

/** Bodies reach Cardea whole, whoever has read them before, and the app whatever Cardea does. */
export function bodies(framework: Framework): void {
  describe('bodies', () => {
    const start = runner(framework)

    it.each(parsers)('are read with a parser of %s in front', async (kind) => {
      const { ask } = await start({ parser: { kind, at: 'before' } })
      const email = 'é@example.test'
      expect(await statusOf(ask(register, post({ email: 'a@example.test', password, name: 'é' })))).toBe(201)
      expect(await statusOf(ask(register, post({ email, password: 'short' })))).toBe(422)
      expect(await told(ask(register, post(['a'])))).toEqual([422, 'invalid_request'])
      const strict = [
        [{ 'content-type': 'text/plain' }, JSON.stringify({ email, password }), 415],
        [{ 'content-type': 'application/x-www-form-urlencoded' }, `email=${email}&password=${password}`, 415],
        [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'no gzip', kind === 'json' ? 400 : 415],
        [{ 'content-type': 'application/json' }, '{"email":', 400],
      ] as const
      for (const [headers, body, status] of strict) {
        const response = await ask(register, { method: 'POST', headers, body })
        // Some parsers of Express refuse an encoding before Cardea is asked.
        const statuses = 'content-encoding' in headers ? [status, 400, 415] : [status]
        expect(statuses).toContain(response.status)
        expect(response.headers.get('content-type')).toBe('application/problem+json')
        expect(response.headers.getSetCookie().join()).not.toMatch(/session=/)
      }
    })

    it.each(['raw', 'text'] as const)('are held to all rules with a parser of %s in front', async (kind) => {
      const { ask } = await start({ parser: { kind, at: 'before' } })
      const twice = `{"email":"a@example.test","password":"x","password":"${password}"}`
      expect(await told(ask(register, { ...post({}), body: twice }))).toEqual([400, 'invalid_request'])
    })

    it.each(parsers)('are read with a parser of %s behind, which reads those of the app', async (kind) => {
      const { ask, signUp } = await start({ parser: { kind, at: 'behind' } })
      expect(await statusOf(ask(register, post({ email: 'a@example.test', password })))).toBe(201)
      const { headers } = await signUp()
      const type = kind === 'urlencoded' ? 'application/x-www-form-urlencoded' : 'application/json'
      const body = kind === 'urlencoded' ? 'a=b' : '{"a":"b"}'
      const response = await ask('/echo', { method: 'POST', headers: { ...headers, 'content-type': type }, body })
      expect(response.status).toBe(200)
      expect(await response.text()).toMatch(/^(\{"a":"b"\}|a=b)$/)
    })

    it('that are missing are missing, with a parser in front and without', async () => {
      for (const options of [{}, ...parsers.map((kind) => ({ parser: { kind, at: 'before' } as const }))]) {
        const { ask, signUp } = await start(options)
        const { headers } = await signUp()
        expect(await statusOf(ask('/api/v1/auth/logout', { method: 'POST', headers }))).toBe(200)
        const empty = { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': '0' } }
        expect(await told(ask(register, empty))).toEqual([422, 'invalid_request'])
      }
    })

    it('are refused beyond the limit, whether their length is told or not', async () => {
      const { ask } = await start({ adapter: { maxBodyBytes: 2_000 } })
      const large = JSON.stringify({ email: 'a@example.test', password: 'x'.repeat(3_000) })
      expect(await told(ask(register, { ...post({}), body: large }))).toEqual([413, 'payload_too_large'])
      const chunked = new Blob([large]).stream()
      const streamed = { ...post({}), body: chunked, duplex: 'half' }
      expect(await told(ask(register, streamed))).toEqual([413, 'payload_too_large'])
      const small = new Blob([JSON.stringify({ email: 'a@example.test', password })]).stream()
      expect(await statusOf(ask(register, { ...post({}), body: small, duplex: 'half' } as RequestInit))).toBe(201)
    })
  })
}
