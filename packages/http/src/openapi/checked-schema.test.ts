import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { routeTable } from '../routes/table.js'
import { checkedSchema } from './checked-schema.js'
import { createValidator } from './conformance.fixture.js'

describe('checkedSchema', () => {
  it('says what a schema takes', () => {
    const schema = z.strictObject({
      name: z.string().check(z.minLength(1), z.maxLength(64)),
      kind: z.optional(z.enum(['a', 'b'])),
      size: z.nullable(z.enum(['s', 'm'])),
      until: z.nullable(z.iso.datetime({ offset: true })),
      tags: z.optional(z.array(z.string())),
      rest: z.optional(z.unknown()),
      key: z.literal('x'),
      list: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]),
    })
    expect(checkedSchema(schema)).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 64 },
        kind: { type: 'string', enum: ['a', 'b'] },
        size: { anyOf: [{ type: 'string', enum: ['s', 'm'] }, { type: 'null' }] },
        until: { type: ['string', 'null'], format: 'date-time' },
        tags: { type: 'array', items: { type: 'string' } },
        rest: {},
        key: { const: 'x' },
        list: {
          anyOf: [
            { type: 'array', items: {} },
            { type: 'object', additionalProperties: {} },
          ],
        },
      },
      required: ['name', 'size', 'until', 'key', 'list'],
      additionalProperties: false,
    })
  })

  it('refuses what it does not know', () => {
    expect(() => checkedSchema(z.strictObject({ at: z.date() }))).toThrow('the kind date')
  })

  /** Values that some field of some body takes, and some that none does. */
  const values = [
    '',
    'x',
    'a:read',
    '2026-01-15T10:00:00Z',
    'active',
    'api_key',
    1,
    true,
    null,
    [],
    ['x'],
    [1],
    {},
    { x: 1 },
  ]

  it.each(Object.values(routeTable))('says of $contract.method $contract.path what zod says', async (route) => {
    const { schemas } = await route.load()
    for (const schema of [schemas.body, schemas.query]) {
      const validator = createValidator({ components: { schemas: { it: checkedSchema(schema) } } })
      const validate = validator.getSchema('document#/components/schemas/it')
      const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
      for (const name of Object.keys(json.properties ?? {})) {
        const one = validator.getSchema(
          `document#/components/schemas/it/properties/${name.replaceAll(/[[\]]/g, encodeURIComponent)}`,
        )
        const field = schema instanceof z.ZodMiniObject ? schema.shape[name] : undefined
        for (const value of values) {
          // What is checked besides, such as that a value is there at all, no schema of JSON can say.
          expect([name, value, one?.(value)]).toEqual([
            name,
            value,
            field === undefined ? undefined : z.safeParse(field, value).success,
          ])
        }
      }
      const needed = [...(json.required ?? [])].sort()
      expect([...(checkedSchema(schema).required ?? [])].sort()).toEqual(needed)
      expect(validate).toBeDefined()
    }
  })
})
