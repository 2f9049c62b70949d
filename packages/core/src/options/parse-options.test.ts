import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { type CardeaError, isCardeaError } from '../errors.js'
import { propertySettings } from '../property-settings.fixture.js'
import { parseOptions } from './parse-options.js'

const schema = z.strictObject({
  secret: z.string().check(z.minLength(32)),
  mode: z.optional(z.enum(['strict', 'stateless'])),
  cookie: z.optional(
    z.strictObject({
      name: z.string().check(z.regex(/^[a-z]+$/)),
      maxAgeSeconds: z.int().check(z.minimum(1), z.maximum(100)),
    }),
  ),
  collections: z.optional(z.array(z.strictObject({ name: z.string() }))),
  url: z.optional(z.url()),
  limits: z.optional(z.record(z.string(), z.number())),
  storage: z.optional(z.custom((value) => typeof value === 'object')),
  either: z.optional(z.union([z.number(), z.strictObject({ a: z.number() })])),
})
const good = { secret: 'x'.repeat(32) }

const refusalOf = (options: unknown): CardeaError => {
  try {
    parseOptions(schema, options, 'createExample')
  } catch (error) {
    if (isCardeaError(error, 'configuration_invalid')) return error
    throw error
  }
  throw new Error('accepted')
}

describe('parseOptions', () => {
  it('returns what was given, frozen, in an object of its own', () => {
    const options = { ...good, mode: 'strict' as const }
    const parsed = parseOptions(schema, options, 'createExample')
    expect(parsed).toEqual(options)
    expect(parsed).not.toBe(options)
    expect(Object.isFrozen(parsed)).toBe(true)
    expect(Object.isFrozen(options)).toBe(false)
  })

  it('opens its message with the name and names each place', () => {
    const error = refusalOf({ cookie: { name: 'A', maxAgeSeconds: 0 }, collections: [{}], unknown: 1 })
    expect(error.message).toBe(
      [
        'createExample: secret is required',
        'cookie.name does not have the required form',
        'cookie.maxAgeSeconds must be at least 1',
        'collections.0.name is required',
        'unknown is not a known field; known are secret, mode, cookie, collections, url, limits, storage, either',
      ].join('; '),
    )
    expect(error.issues?.map((issue) => issue.path)).toEqual([
      'secret',
      'cookie.name',
      'cookie.maxAgeSeconds',
      'collections.0.name',
      'unknown',
    ])
  })

  it('speaks of the options when they are wrong as a whole', () => {
    expect(refusalOf(undefined).message).toBe('createExample: options is required')
    expect(refusalOf('x').message).toBe('createExample: options must be of type object')
  })

  it('never tells a value, wherever it stands and whatever its type', () => {
    // A marker that no path, message or schema contains by chance.
    const marker = fc.string({ unit: fc.constantFrom(...'QXZ0189'.split('')), minLength: 10, maxLength: 24 })
    const value = marker.chain((secret) =>
      fc.constantFrom<unknown>(secret, [secret], { a: secret }, { a: { name: secret } }, Number(`9${'7'.repeat(12)}`)),
    )
    const place = fc.constantFrom(...Object.keys(schema.shape))
    fc.assert(
      fc.property(place, value, marker, (key, wrong, secret) => {
        const attempts = [
          { ...good, [key]: wrong },
          { ...good, cookie: { name: secret, maxAgeSeconds: wrong } },
          { ...good, collections: [{ name: wrong }, wrong] },
          wrong,
        ]
        for (const attempt of attempts) {
          try {
            parseOptions(schema, attempt, 'createExample')
          } catch (error) {
            const told = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).stack)}`
            expect(told).not.toMatch(/[QXZ0189]{10}|9777777/)
            expect(isCardeaError(error, 'configuration_invalid')).toBe(true)
            // The cause would carry zod's issues, and they the input.
            expect(isCardeaError(error) && error.cause).toBe(undefined)
          }
        }
      }),
      propertySettings,
    )
  })

  it('tells the name of an unknown option, since a typo should be found', () => {
    const told = (options: object) => refusalOf({ ...good, ...options }).message
    expect(told({ moode: 'strict' })).toBe('createExample: moode is not a known field; did you mean "mode"?')
    const cookie = { name: 'a', maxAgeSeconds: 1, path: 5 }
    expect(told({ cookie })).toBe('createExample: cookie.path is not a known field; known are name, maxAgeSeconds')
    expect(told({ collections: [{ name: 'a', nmae: 'b' }] })).toBe(
      'createExample: collections.0.nmae is not a known field; did you mean "name"?',
    )
  })
})
