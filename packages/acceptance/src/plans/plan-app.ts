import { createHandler } from '@cardea/http'
import type { Storage } from '@cardea/storage'
import { createCardea, defineCollection, relation, text } from 'cardea'
import { cmsPreset } from 'cardea/presets/cms'

const origin = 'https://app.test'
const basePath = '/api/v1'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  /** As a `Cookie` header. */
  readonly cookie: string
}

export interface Sent {
  readonly body?: unknown
  readonly bearer?: string
  readonly cookie?: string
}

const regions = defineCollection('regions', { type: 'base', fields: { title: text() } })
const customers = defineCollection('customers', {
  type: 'auth',
  fields: { phone: text({ unique: true, optional: true, max: 40 }), region: relation('regions', { optional: true }) },
  auth: { identifiers: ['phone'] },
})

export const collections = [regions, customers] as const

/** An instance on a storage, behind a handler. Hashes cost little, and limits are off. */
export async function createPlanApp(storage: Storage) {
  const time = { now: Date.UTC(2026, 0, 15, 10) }
  const silent = (): undefined => undefined
  const auth = createCardea({
    ...cmsPreset,
    storage,
    collections,
    clock: () => time.now,
    logger: { info: silent, warn: silent, error: silent },
    secret: 'a secret of the tests, long enough for them',
    baseUrl: origin,
    basePath,
    environment: 'test',
    passwords: { memoryKibibytes: 64, iterations: 1 },
  })
  await auth.migrate()
  await auth.ready()
  const handler = createHandler(auth, { rateLimits: 'off' })

  /** @param path Below the base path, except for the routes at the root. */
  const send = async (method: string, path: string, { body, bearer, cookie }: Sent = {}): Promise<Answer> => {
    const headers = new Headers({ 'sec-fetch-site': 'same-origin' })
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
    if (cookie !== undefined) headers.set('cookie', cookie)
    if (body !== undefined) headers.set('content-type', 'application/json')
    const url = `${origin}${path.startsWith('/health') ? '' : basePath}${path}`
    const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const response = await handler(request, { ip: '192.0.2.1' })
    const answer = await response.text()
    return {
      status: response.status,
      body: answer === '' ? {} : JSON.parse(answer),
      cookie: response.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; '),
    }
  }
  return { auth, send, storage, time }
}

export type PlanApp = Awaited<ReturnType<typeof createPlanApp>>
