import { expectTypeOf } from 'vitest'
import { relation, text } from '../field/builders.js'
import type { Collection } from './collection.js'
import { defineCollection } from './define-collection.js'
import type { Mapped } from './mapped.js'

const fields = { title: text(), author: relation('users') }

const posts = defineCollection('posts', { type: 'base', fields })
expectTypeOf(posts).toEqualTypeOf<Collection<'posts', 'base', typeof fields>>()
const mapped = defineCollection('posts', {
  type: 'base',
  table: 'Posts',
  columns: { title: 'Title' },
  id: 'integer',
  fields,
})
expectTypeOf(mapped).toEqualTypeOf<Mapped<Collection<'posts', 'base', typeof fields>>>()
// All columns under their own names.
expectTypeOf(defineCollection('posts', { type: 'base', table: 'Posts', columns: {}, fields })).toEqualTypeOf(mapped)

// What is wrong is refused where it stands, whatever stands beside it.
defineCollection('posts', {
  type: 'base',
  fields,
  rules: {
    // @ts-expect-error no such operation
    lst: 'public',
  },
})
defineCollection('posts', {
  type: 'base',
  table: 'Posts',
  columns: {
    title: 'Title',
    // @ts-expect-error no such field
    titel: 'Title',
  },
  fields,
})
defineCollection('posts', {
  type: 'base',
  table: 'Posts',
  columns: { title: 'Title' },
  fields,
  rules: {
    // @ts-expect-error no such rule
    list: 'pubic',
  },
})
defineCollection('posts', {
  type: 'base',
  fields,
  // @ts-expect-error only of a table of the app's, which has columns
  id: 'integer',
})
// @ts-expect-error the table is missing
defineCollection('posts', { type: 'base', columns: { title: 'Title' }, fields })
defineCollection('posts', {
  // @ts-expect-error no such member
  typ: 'base',
  fields,
})
