import { date, defineCollection, json, number, owner, relation, select, text } from '@cardea/collections'
import { createMemoryStorage } from '@cardea/storage/memory'
import { expectTypeOf } from 'vitest'
import { createCardea } from '../create-cardea.js'

const customers = defineCollection('customers', { type: 'auth', fields: { company: text({ optional: true }) } })
const posts = defineCollection('posts', {
  type: 'base',
  fields: {
    title: text(),
    score: number({ optional: true }),
    state: select(['open', 'closed'], { default: 'open' }),
    due: date({ optional: true }),
    meta: json({ optional: true }),
    author: relation('customers'),
    notes: text({ optional: true, hidden: true }),
    reviewer: relation('customers', { optional: true, hidden: true }),
    rank: number({ readonly: true, optional: true }),
  },
  rules: { list: 'public', create: owner('author') },
})
const { records } = createCardea({ storage: createMemoryStorage(), collections: [customers, posts] })

const { items } = await records.posts.list({
  filter: {
    title: { contains: 'x' },
    score: { gte: 1, null: false },
    state: { in: ['open'] },
    due: { lt: '2027' },
    id: {},
  },
  sort: ['-created_at', 'title'],
  search: 'x',
  limit: 10,
})
type Post = (typeof items)[number]
expectTypeOf<Post['score']>().toEqualTypeOf<number | null>()
expectTypeOf<Post['state']>().toEqualTypeOf<'open' | 'closed'>()
expectTypeOf<Post>().not.toHaveProperty('notes')

const selected = await records.posts.list({ fields: ['title', 'author'], expand: ['author'] }, { by: null })
type Selected = (typeof selected.items)[number]
expectTypeOf<keyof Selected>().toEqualTypeOf<'title' | 'author'>()
expectTypeOf<Selected['title']>().toEqualTypeOf<string>()
expectTypeOf<Selected['author']>().toEqualTypeOf<string | null | Readonly<Record<string, unknown>>>()

const made = await records.posts.create({ title: 'x', author: 'id' })
expectTypeOf(made.record.title).toEqualTypeOf<string>()
const byAnybody = await records.posts.create({ title: 'x', author: 'id' }, { by: null })
expectTypeOf(byAnybody.record).toEqualTypeOf<typeof made.record | null>()
const changed = await records.posts.update('id', { score: null }, { ifMatch: made.etag })
expectTypeOf(changed.etag).toEqualTypeOf<string | null>()
// What clients see and do not set, code does.
void records.posts.create({ title: 'x', author: 'id', rank: 1 })
void records.posts.update('id', { rank: null })
expectTypeOf<Post['rank']>().toEqualTypeOf<number | null>()
void records.posts.list({ filter: { rank: { gte: 1 } }, sort: ['-rank'] })
// @ts-expect-error a number
void records.posts.update('id', { rank: '1' })
void records.customers.create({ email: 'a@b.example' })
void records.customers.update('id', { company: null })
void records.users.list({ sort: ['username'], filter: { verified: { eq: true }, email: { eq: 'a@b.example' } } })
void records.posts.deleteMany({ filter: { score: { lt: 1 } } })
void records.posts.export({ format: 'csv', fields: ['title'], search: 'x' })

// @ts-expect-error a typo
void records.posts.list({ filter: { titel: { eq: 'x' } } })
// @ts-expect-error hidden
void records.posts.list({ filter: { notes: { eq: 'x' } } })
// @ts-expect-error JSON is not compared
void records.posts.list({ filter: { meta: { eq: 'x' } } })
// @ts-expect-error a number is compared with numbers
void records.posts.list({ filter: { score: { eq: 'x' } } })
// @ts-expect-error no such option
void records.posts.list({ filter: { state: { eq: 'ajar' } } })
// @ts-expect-error a part of a number
void records.posts.list({ filter: { score: { contains: '1' } } })
// @ts-expect-error no such operator
void records.posts.list({ filter: { title: { like: 'x' } } })
// @ts-expect-error hidden
void records.posts.list({ sort: ['notes'] })
// @ts-expect-error JSON has no order
void records.posts.list({ sort: ['-meta'] })
// @ts-expect-error a typo
void records.posts.list({ fields: ['titel'] })
// @ts-expect-error hidden
void records.posts.view('id', { fields: ['notes'] })
// @ts-expect-error no relation
void records.posts.list({ expand: ['title'] })
// @ts-expect-error a hidden relation
void records.posts.view('id', { expand: ['reviewer'] })
// @ts-expect-error title is required
void records.posts.create({ author: 'id' })
// @ts-expect-error hidden
void records.posts.create({ title: 'x', author: 'id', notes: 'x' })
// @ts-expect-error the address of an account changes by `change` of the users
void records.customers.update('id', { email: 'a@b.example' })
// @ts-expect-error verified is not the caller's to say
void records.customers.create({ email: 'a@b.example', verified: true })
// @ts-expect-error a base collection has no addresses
void records.posts.create({ title: 'x', author: 'id', email: 'a@b.example' })
// @ts-expect-error no such collection
void records.comments
// @ts-expect-error no such format
void records.posts.export({ format: 'xml' })
