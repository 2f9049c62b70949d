import { and, type Condition, contains, eq, isNull, lt, not, oneOf, or } from '@cardea/core'
import {
  CamelCasePlugin,
  DummyDriver,
  Kysely,
  MssqlAdapter,
  MysqlAdapter,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import { describe, expect, it } from 'vitest'
import { filterColumns } from './filter-columns.js'
import { toExpression } from './to-expression.js'

interface Tables {
  readonly posts: { readonly id: string; readonly author_id: string | null; readonly views: number }
}

const parts = {
  sqlite: [SqliteAdapter, SqliteQueryCompiler],
  postgres: [PostgresAdapter, PostgresQueryCompiler],
  mysql: [MysqlAdapter, MysqlQueryCompiler],
  mssql: [MssqlAdapter, SqliteQueryCompiler],
} as const

const createDb = (name: keyof typeof parts, adapter: object = new parts[name][0]()): Kysely<Tables> =>
  new Kysely({
    dialect: {
      createDriver: () => new DummyDriver(),
      createAdapter: () => adapter as SqliteAdapter,
      createQueryCompiler: () => new parts[name][1](),
      createIntrospector: (db: Kysely<never>) => new SqliteIntrospector(db),
    },
  })

const db = createDb('postgres')
const posts = filterColumns(db, 'posts', { author_id: 'text', views: 'integer' })
const invalid = expect.objectContaining({ code: 'configuration_invalid' })

describe('filterColumns', () => {
  it.each(['sqlite', 'postgres', 'mysql'] as const)('learns from Kysely that the database is %s', (name) => {
    expect(filterColumns(createDb(name), 'posts', {}).dialect).toBe(name)
  })

  it('knows dialects that extend one, and those of another copy of Kysely', () => {
    class PGliteLike extends PostgresAdapter {}
    const other = { MysqlAdapter: class MysqlAdapter {} }
    expect(filterColumns(createDb('sqlite', new PGliteLike()), 'posts', {}).dialect).toBe('postgres')
    expect(filterColumns(createDb('sqlite', new other.MysqlAdapter()), 'posts', {}).dialect).toBe('mysql')
  })

  it('refuses a dialect that it does not know, unless the app says as which it speaks', () => {
    const mssql = createDb('mssql')
    expect(() => filterColumns(mssql, 'posts', { views: 'integer' })).toThrow(invalid)
    expect(filterColumns(mssql, 'posts', { views: 'integer' }, { dialect: 'sqlite' }).dialect).toBe('sqlite')
    expect(() => filterColumns(db, 'posts', {}, { dialect: 'oracle' as 'sqlite' })).toThrow(invalid)
  })

  it('refuses a kind that does not exist', () => {
    expect(() => filterColumns(db, 'posts', { views: 'constructor' as 'integer' })).toThrow(invalid)
  })

  it('speaks of a table under its alias, of a column under another name, of an expression', () => {
    const columns = filterColumns(db, 'posts as p', {
      owner: { column: 'author_id', type: 'text' },
      length: { column: sql`length(p.body)`, type: 'integer' },
    })
    const condition = and(isNull('owner'), lt('length', 3))
    const query = db.selectFrom('posts as p').select('p.id').where(toExpression(condition, columns)).compile()
    expect(query.sql).toBe(
      'select "p"."id" from "posts" as "p" where ("p"."author_id" is null and length(p.body) < cast($1 as bigint))',
    )
  })
})

describe('toExpression', () => {
  it('lets plugins of the app name its tables and columns', () => {
    interface Camel {
      readonly blogPosts: { readonly authorId: string }
    }
    const camel = (createDb('sqlite') as unknown as Kysely<Camel>).withPlugin(new CamelCasePlugin()).withSchema('main')
    const columns = filterColumns(camel, 'blogPosts', { authorId: 'text' })
    const query = camel
      .selectFrom('blogPosts')
      .selectAll()
      .where(toExpression(isNull('authorId'), columns))
      .compile()
    expect(query.sql).toBe('select * from "main"."blog_posts" where "main"."blog_posts"."author_id" is null')
  })

  const compile = (condition: boolean | Condition): string =>
    db.selectFrom('posts').select('id').where(toExpression(condition, posts)).compile().sql

  it('selects all rows for true and none for false', () => {
    expect(compile(true)).toMatch(/where 1 = 1$/)
    expect(compile(false)).toMatch(/where 1 = 0$/)
  })

  it.each([
    ['alone', eq('title', 'x')],
    ['where another part decides', or(isNull('author_id'), not(and(eq('views', 1), eq('title', 'x'))))],
    ['in an empty list', oneOf('title', [])],
    ['compared with null', eq('title', null)],
    ['called as what objects inherit', eq('constructor', 'x')],
    ['called as a prototype', isNull('__proto__')],
  ])('refuses a field that is not mapped, %s', (_, condition) => {
    expect(() => compile(condition)).toThrow(invalid)
  })

  it('refuses a reference that nobody replaced', () => {
    expect(() => compile(eq('author_id', { ref: 'principal.id' }))).toThrow(invalid)
    expect(() => compile(oneOf('author_id', [{ ref: 'context.team' }]))).toThrow(invalid)
    expect(() => compile(contains('author_id', { ref: 'param.part' }))).toThrow(invalid)
  })

  it.each([
    ['no condition', undefined],
    ['an operator that objects inherit', { op: 'constructor', field: 'views', value: 1 }],
    ['a list that is none', { op: 'and', conditions: 'ab' }],
    ['values that are no list', { op: 'in', field: 'views', values: '12' }],
    ['nothing under a negation', { op: 'not' }],
    ['a date', { op: 'lt', field: 'views', value: new Date() }],
    ['an object', { op: 'eq', field: 'author_id', value: { $ne: '' } }],
    ['no value', { op: 'eq', field: 'author_id' }],
  ])('refuses %s', (_, condition) => {
    // What untyped code or a damaged row may hold.
    expect(() => compile(condition as Condition)).toThrow(invalid)
  })

  it('refuses what is nested too deeply, without running out of stack', () => {
    let deep: Condition = eq('views', 1)
    for (let depth = 0; depth < 100_000; depth += 1) deep = not(deep)
    expect(() => compile(deep)).toThrow(invalid)
  })

  it('finds nothing equal to half a character, and refuses to give it a place', () => {
    expect(compile(eq('author_id', '\ud83d'))).toMatch(/"author_id" <> "posts"."author_id"$/)
    const refused = expect.objectContaining({ code: 'invalid_request' })
    expect(() => compile(lt('author_id', 'a\ud83d'))).toThrow(refused)
    expect(() => compile(contains('author_id', '\ud83d'))).toThrow(refused)
  })

  it('binds every value', () => {
    const condition = or(eq('author_id', "'; drop table posts; --"), contains('author_id', '%'), oneOf('views', [7]))
    const { sql: text, parameters } = db
      .selectFrom('posts')
      .select('id')
      .where(toExpression(condition, posts))
      .compile()
    expect(text).not.toMatch(/drop|%|7/)
    expect(parameters).toContain("'; drop table posts; --")
  })
})
