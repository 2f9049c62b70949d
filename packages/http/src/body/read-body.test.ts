import { isCardeaError } from '@cardea/core'
import { describe, expect, it } from 'vitest'
import { readJsonBody } from './read-body.js'

const url = 'https://app.test/api/v1/auth/login'

interface Sent {
  readonly body?: BodyInit | null
  readonly headers?: Record<string, string>
  readonly maxBytes?: number
  readonly parsed?: unknown
}

async function read({ body = null, headers = {}, maxBytes = 65_536, parsed }: Sent): Promise<unknown> {
  const streamed = body instanceof ReadableStream ? { duplex: 'half' } : {}
  const request = new Request(url, { method: 'POST', body, headers, ...streamed })
  try {
    return await readJsonBody(request, { maxBytes, parsed })
  } catch (error) {
    if (!isCardeaError(error)) throw error
    return error.issues === undefined ? error.code : `${error.code} with issues`
  }
}

const json = { 'content-type': 'application/json' }

describe('readJsonBody', () => {
  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset="UTF-8"',
  ])('takes %s', async (type) => {
    expect(await read({ body: '{"a":1}', headers: { 'content-type': type } })).toEqual({ a: 1 })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; application/json',
    'multipart/form-data; boundary=application/json',
    'application/jsonp',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/ld+json',
    'text/plain; a=application/json',
  ])('refuses %s', async (type) => {
    expect(await read({ body: '{"a":1}', headers: { 'content-type': type } })).toBe('unsupported_media_type')
  })

  it('refuses a body without a type', async () => {
    const bytes = new TextEncoder().encode('{"a":1}')
    expect(await read({ body: bytes })).toBe('unsupported_media_type')
  })

  it('needs no type where there is no body', async () => {
    expect(await read({})).toBeUndefined()
    expect(await read({ body: '' })).toBeUndefined()
  })

  it('refuses encodings of the content', async () => {
    expect(await read({ body: '{}', headers: { ...json, 'content-encoding': 'gzip' } })).toBe('unsupported_media_type')
    expect(await read({ body: '{}', headers: { ...json, 'content-encoding': 'Identity' } })).toEqual({})
  })

  it.each(['{', '{"a":1}x', "{'a':1}", '{"a":1,}', 'undefined', '\ufeff{}', '{"a":NaN}'])(
    'refuses %j, which is not JSON',
    async (body) => {
      expect(await read({ body, headers: json })).toBe('invalid_request')
    },
  )

  it('refuses bytes that are not UTF-8', async () => {
    const body = new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xff, 0xfe, 0x22, 0x7d])
    expect(await read({ body, headers: json })).toBe('invalid_request')
  })

  it.each(['[]', '"text"', '1', 'null', 'true', '[{"a":1}]'])('refuses %s, which is no object', async (body) => {
    expect(await read({ body, headers: json })).toBe('invalid_request with issues')
  })

  it('refuses keys that come twice, and deep nesting', async () => {
    expect(await read({ body: '{"a":1,"a":2}', headers: json })).toBe('invalid_request')
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
    expect(await read({ body: deep, headers: json, maxBytes: 200_000 })).toBe('invalid_request')
  })

  it('counts what comes, whatever the headers claim', async () => {
    const text = JSON.stringify({ a: 'x'.repeat(70_000) })
    expect(await read({ body: text, headers: json })).toBe('payload_too_large')
    expect(await read({ body: text, headers: { ...json, 'content-length': '10' } })).toBe('payload_too_large')
    expect(await read({ body: '{}', headers: { ...json, 'content-length': '70000' } })).toBe('payload_too_large')
  })

  it('stops reading at the limit', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(1_024))
      },
    })
    expect(await read({ body, headers: json })).toBe('payload_too_large')
    expect(sent).toBeLessThan(100)
  })

  it('takes a body at the limit and refuses one byte more', async () => {
    const body = JSON.stringify({ a: 'x'.repeat(100) })
    expect(await read({ body, headers: json, maxBytes: body.length })).toEqual({ a: 'x'.repeat(100) })
    expect(await read({ body, headers: json, maxBytes: body.length - 1 })).toBe('payload_too_large')
  })

  it('refuses a body that breaks off', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('socket hang up')),
    })
    expect(await read({ body, headers: json })).toBe('invalid_request')
  })

  it('puts a text together from parts that split a character', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}')
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      },
    })
    expect(await read({ body, headers: json })).toEqual({ a: 'é' })
  })

  describe('with a body that a framework has read', () => {
    it('takes an object', async () => {
      expect(await read({ parsed: { a: 1 }, headers: json })).toEqual({ a: 1 })
    })

    it('refuses a form that was parsed into one', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      expect(await read({ parsed: { a: '1' }, headers })).toBe('unsupported_media_type')
    })

    it('takes an empty object without a type for no body', async () => {
      expect(await read({ parsed: {} })).toBeUndefined()
    })

    it('refuses what is no object, too deep, or reaches for the prototype', async () => {
      expect(await read({ parsed: [1], headers: json })).toBe('invalid_request with issues')
      expect(await read({ parsed: 'text', headers: json })).toBe('invalid_request with issues')
      expect(await read({ parsed: JSON.parse('{"__proto__":{"a":1}}'), headers: json })).toBe(
        'unknown_field with issues',
      )
      expect(await read({ parsed: JSON.parse(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`), headers: json })).toBe(
        'invalid_request',
      )
      expect(await read({ parsed: { a: '\ud800' }, headers: json })).toBe('invalid_request')
      expect(await read({ parsed: { a: 1n }, headers: json })).toBe('invalid_request')
    })
  })

  it('is a fault of the app, not of the client, when the body was read before', async () => {
    const request = new Request(url, { method: 'POST', body: '{}', headers: json })
    await request.text()
    await expect(readJsonBody(request, { maxBytes: 10 })).rejects.toMatchObject({ code: 'internal_error' })
  })
})
