import { type CardeaEvent, createCardea } from 'cardea'
import { describe, expect, it } from 'vitest'
import { patience } from '../patience.js'
import { startTcpProxy } from '../tcp-proxy.js'
import { serverStorages } from './storages.js'

const own = { email: 'ada@example.com', password: 'a good password', username: 'ada', name: 'Ada' }
const unavailable = { name: 'CardeaError', code: 'unavailable' }

describe('Cardea whose database is gone', () => {
  it.each(serverStorages)('takes nobody’s sign-in for a failed one, on $name', async ({ create, open }) => {
    const database = await create()
    const url = new URL(database.url)
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    const events: CardeaEvent[] = []
    const logged: string[] = []
    const pending: Promise<unknown>[] = []
    const auth = createCardea({
      storage: open(url.href),
      secret: 'a secret for outages: 90ab34f2685c1d7e',
      environment: 'test',
      passwords: { memoryKibibytes: 8, iterations: 1 },
      onEvent: (event) => events.push(event),
      background: (work) => pending.push(work),
      logger: { info: () => undefined, warn: () => undefined, error: (message) => logged.push(message) },
    })
    await auth.migrate()
    await auth.ready()
    await auth.users.register(own)
    const { email, password } = own
    const { cookieToken = '' } = await auth.users.login({ email, password })
    // What a sign-in leaves to be done has its time before the database goes.
    await Promise.all(pending)
    const before = events.length
    proxy.set('refuse')
    for (const tried of [password, 'not the password']) {
      await expect(auth.users.login({ email, password: tried })).rejects.toMatchObject(unavailable)
    }
    await expect(auth.sessions.verify({ cookieToken })).rejects.toMatchObject(unavailable)
    expect(events.slice(before)).toEqual([])
    proxy.set('pass')
    await expect
      .poll(
        () =>
          auth.ping().then(
            () => true,
            () => false,
          ),
        patience,
      )
      .toBe(true)
    expect((await auth.sessions.verify({ cookieToken })).authenticated).toBe(true)
    await auth.users.login({ email, password })
    await expect(auth.users.login({ email, password: 'not the password' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect(events.slice(before).map(({ type }) => type)).toEqual(['sign_in.succeeded', 'sign_in.failed'])
    expect(logged).toEqual([])
    await auth.close()
    await proxy.close()
    await database.drop()
  })
})
