import { and, type Condition, contains, eq, gt, ne, oneOf, or, param } from '@cardea/core'
import { expect } from 'vitest'
import { incomparable, injections, noText, unfit } from '../hostile-values.js'
import type { DeclareTest } from '../subject.js'
import { kinds } from '../tables.js'
import { unsafe } from '../unsafe.js'

/** Values that attack: through text, through types, through names. */
export function hostileTests(test: DeclareTest): void {
  test('values that look like SQL are values, wherever they are bound', async ({ storage }) => {
    for (const text of injections) {
      await storage.insert(kinds, { id: text, label: text, amount: 1, note: text, body: text, data: { [text]: text } })
      expect(await storage.findOne(kinds, { where: eq('id', text) })).toMatchObject({
        label: text,
        note: text,
        body: text,
        data: { [text]: text },
      })
      expect(
        await storage.findOne(
          kinds,
          { where: and(eq('id', param('id')), contains('note', param('id'))) },
          { id: text },
        ),
      ).toBeDefined()
      expect(await storage.count(kinds, oneOf('label', [text, 'other']))).toBe(1)
      expect(await storage.update(kinds, { where: eq('note', text), set: { note: text, counter: 1 } })).toBe(1)
      const options = { onConflict: { key: 'primary', do: { set: { label: text } }, where: eq('body', text) } } as const
      expect(await storage.insert(kinds, { id: text, label: '', amount: 1 }, options)).toBe(1)
      const page = {
        where: eq('id', text),
        orderBy: [{ field: 'id', direction: 'asc' }],
        after: [text],
        limit: 1,
      } as const
      expect(await storage.find(kinds, page)).toEqual([])
    }
    expect(await storage.count(kinds)).toBe(injections.length)
    for (const text of injections) expect(await storage.consume(kinds, eq('id', text))).toMatchObject({ id: text })
    expect(await storage.count(kinds)).toBe(0)
  })

  test('a value that does not fit its column is refused, by name and without showing it', async ({ storage }) => {
    await storage.insert(kinds, { id: 'there', label: 'x', amount: 1 })
    const valid = { id: 'new', label: 'x', amount: 1 }
    for (const [column, values] of Object.entries(unfit)) {
      for (const value of values) {
        const error = await storage
          .insert(kinds, { ...valid, [column]: unsafe(value) })
          .catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(TypeError)
        expect(String(error)).toContain(`suite_kinds.${column}`)
        expect(String(error)).not.toContain('xxx')
        const where = eq('id', 'there')
        await expect(storage.update(kinds, { where, set: { [column]: unsafe(value) } })).rejects.toBeInstanceOf(
          TypeError,
        )
        const onConflict = { key: 'primary', do: { set: { [column]: unsafe(value) } } } as const
        await expect(storage.insert(kinds, { ...valid, id: 'there' }, { onConflict })).rejects.toBeInstanceOf(TypeError)
      }
    }
    expect(await storage.find(kinds, { limit: 'all' })).toMatchObject([{ id: 'there', label: 'x', amount: 1 }])
  })

  test('an operand of another kind than its column is refused in every verb', async ({ storage }) => {
    await storage.insert(kinds, { id: 'there', label: 'x', amount: 1, note: 'n', body: 'b', flag: true })
    for (const [field, values] of Object.entries(incomparable)) {
      for (const value of values) {
        const conditions: Condition[] = [
          eq(field, unsafe(value)),
          ne(field, unsafe(value)),
          gt(field, unsafe(value)),
          oneOf(field, [unsafe(value)]),
          or(eq('id', 'there'), eq(field, unsafe(value))),
        ]
        for (const where of conditions) {
          await expect(storage.findOne(kinds, { where })).rejects.toBeInstanceOf(TypeError)
          await expect(storage.find(kinds, { where, limit: 'all' })).rejects.toBeInstanceOf(TypeError)
          await expect(storage.count(kinds, where)).rejects.toBeInstanceOf(TypeError)
          await expect(storage.update(kinds, { where, set: { label: 'broken' } })).rejects.toBeInstanceOf(TypeError)
          await expect(storage.delete(kinds, where)).rejects.toBeInstanceOf(TypeError)
          await expect(storage.consume(kinds, where)).rejects.toBeInstanceOf(TypeError)
          const onConflict = { key: 'primary', do: { set: { label: 'broken' } }, where } as const
          await expect(
            storage.insert(kinds, { id: 'there', label: '', amount: 0 }, { onConflict }),
          ).rejects.toBeInstanceOf(TypeError)
        }
        if (field === 'data') continue
        await expect(
          storage.findOne(kinds, { where: eq(field, param('value')) }, { value: unsafe(value) }),
        ).rejects.toBeInstanceOf(TypeError)
      }
    }
    for (const value of noText) {
      await expect(storage.count(kinds, contains('note', unsafe(value)))).rejects.toBeInstanceOf(TypeError)
    }
    expect(await storage.find(kinds, { limit: 'all' })).toMatchObject([{ id: 'there', label: 'x', note: 'n' }])
  })

  test('contains is for text alone', async ({ storage }) => {
    for (const field of ['amount', 'ratio', 'flag', 'data']) {
      for (const value of ['1', 1, true]) {
        await expect(storage.count(kinds, contains(field, value))).rejects.toBeInstanceOf(TypeError)
      }
    }
  })
}
