import { CardeaError } from '@cardea/core'
import { defineTable, text } from '@cardea/storage'
import { describe, expect, it } from 'vitest'
import { isConnectionLost, mysqlFailureOf, withoutValues as withoutMysqlValues } from '../mysql/mysql-failures.js'
import { postgresFailureOf, withoutValues } from '../postgres/postgres-failures.js'
import { sqliteFailureOf } from '../sqlite/sqlite-failures.js'
import { toCardeaError } from './failure.js'
import { createNames } from './names.js'

const names = createNames('my_')
const table = defineTable('cardea_things', {
  columns: { id: text(), a: text(), b: text() },
  primaryKey: ['id'],
  unique: { pair: ['a', 'b'] },
})
const postgres = { names, failureOf: postgresFailureOf, withoutValues }
const mysql = { names, failureOf: mysqlFailureOf, withoutValues: withoutMysqlValues }
const sqlite = { names, failureOf: sqliteFailureOf, withoutValues: (error: unknown) => error }

const error = (message: string, members: object): Error => Object.assign(new Error(message), members)

describe('toCardeaError', () => {
  it.each([
    ['40001', 'transaction_conflict'],
    ['40P01', 'transaction_conflict'],
    ['55P03', 'transaction_conflict'],
    ['23503', 'foreign_key_violation'],
    ['23001', 'foreign_key_violation'],
    ['42P01', 'schema_outdated'],
    ['42703', 'schema_outdated'],
    ['3F000', 'schema_outdated'],
    ['57014', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57P03', 'unavailable'],
    ['08006', 'unavailable'],
    ['53300', 'unavailable'],
    ['53100', 'unavailable'],
    ['25006', 'unavailable'],
    ['28P01', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['ECONNRESET', 'unavailable'],
    ['CONNECTION_CLOSED', 'unavailable'],
    ['22P02', 'internal_error'],
    ['XX000', 'internal_error'],
  ])('takes %s of PostgreSQL for %s', (code, expected) => {
    expect(toCardeaError(postgres, error('text', { code, severity: 'ERROR' }), table)).toMatchObject({ code: expected })
  })

  it.each(['FATAL', 'PANIC'])('takes %s of PostgreSQL, which ends a connection, for unavailable', (severity) => {
    // "database is not currently accepting connections", as while it is restored.
    expect(toCardeaError(postgres, error('text', { code: '55000', severity }), table)).toMatchObject({
      code: 'unavailable',
    })
    expect(toCardeaError(postgres, error('text', { code: '55000', severity: 'ERROR' }), table)).toMatchObject({
      code: 'internal_error',
    })
  })

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'driver has already been destroyed',
  ])('takes "%s" for unavailable', (message) => {
    expect(toCardeaError(postgres, new Error(message))).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
  })

  it.each([
    [{ errcode: 5 }, 'transaction_conflict'],
    [{ errcode: 517 }, 'transaction_conflict'],
    [{ code: 'SQLITE_BUSY_SNAPSHOT' }, 'transaction_conflict'],
    [{ code: 'SQLITE_LOCKED' }, 'transaction_conflict'],
    [{ errcode: 13 }, 'unavailable'],
    [{ code: 'SQLITE_READONLY_DBMOVED' }, 'unavailable'],
    [{ code: 'SQLITE_IOERR_READ' }, 'unavailable'],
    [{ errcode: 1299 }, 'internal_error'],
    [{ code: 'SQLITE_CONSTRAINT_TRIGGER' }, 'internal_error'],
  ])('takes %o of SQLite for %s', (members, expected) => {
    expect(toCardeaError(sqlite, error('text', members), table)).toMatchObject({ code: expected })
  })

  it.each([
    [1213, 'transaction_conflict'],
    [1205, 'transaction_conflict'],
    [1020, 'transaction_conflict'],
    [1451, 'foreign_key_violation'],
    [1452, 'foreign_key_violation'],
    [1146, 'schema_outdated'],
    [1054, 'schema_outdated'],
    [1040, 'unavailable'],
    [1045, 'unavailable'],
    [1053, 'unavailable'],
    [1114, 'unavailable'],
    [1021, 'unavailable'],
    [1290, 'unavailable'],
    [1698, 'unavailable'],
    [1792, 'unavailable'],
    [1927, 'unavailable'],
    [1969, 'unavailable'],
    [3024, 'unavailable'],
    [4031, 'unavailable'],
    [1064, 'internal_error'],
    [1406, 'internal_error'],
  ])('takes %i of MySQL for %s', (errno, expected) => {
    expect(toCardeaError(mysql, error('text', { errno, sqlState: 'HY000' }), table)).toMatchObject({ code: expected })
  })

  it.each([
    [{ code: 'PROTOCOL_CONNECTION_LOST' }, '', true],
    [{ code: 'ECONNRESET', errno: -104 }, 'read ECONNRESET', true],
    [{ code: 'ECONNREFUSED', errno: -111 }, 'connect ECONNREFUSED', false],
    [{ code: 'ETIMEDOUT' }, 'connect ETIMEDOUT', false],
    [{}, "Can't add new command when connection is in closed state", true],
    [{}, 'Pool is closed.', false],
    [{}, 'Queue limit reached.', false],
  ])('takes %o of mysql2 for unavailable', (members, message, lost) => {
    const thrown = error(message, members)
    expect(toCardeaError(mysql, thrown)).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
    expect(isConnectionLost(thrown)).toBe(lost)
  })

  it('finds the key of the schema behind what the database calls it', () => {
    const server = { code: '23505', severity: 'ERROR', table: 'my_things' }
    const failures: readonly (readonly [unknown, string | undefined])[] = [
      [error('', { ...server, constraint: 'my_things$pkey' }), 'primary'],
      [error('', { ...server, constraint: 'my_things$pair_key' }), 'pair'],
      // As they were called before.
      [error('', { ...server, constraint: 'my_things_pkey' }), 'primary'],
      [error('', { ...server, constraint: 'my_things_pair_key' }), 'pair'],
      // A key that the app made, as on a table of its own.
      [error('', { ...server, constraint: 'theirs', detail: 'Key (b, a)=(1, 2) already exists.' }), 'pair'],
      [error('', { ...server, constraint: 'theirs', detail: 'Key (b)=(1) already exists.' }), undefined],
      // A trigger wrote into another table.
      [error('', { ...server, table: 'other', constraint: 'my_things_pair_key' }), undefined],
      [error('', { code: '23505', table_name: 'my_things', constraint_name: 'my_things_pair_key' }), 'pair'],
    ]
    for (const [thrown, key] of failures) {
      const { code, constraint } = toCardeaError(postgres, thrown, table)
      expect([code, constraint]).toEqual([
        'unique_violation',
        key === undefined ? undefined : { table: 'cardea_things', key },
      ])
    }
    for (const [message, key] of [
      ["Duplicate entry 'secret' for key 'PRIMARY'", 'primary'],
      ["Duplicate entry 'secret' for key 'my_things.PRIMARY'", 'primary'],
      ["Duplicate entry 'secret' for key 'my_things$pair_key'", 'pair'],
      ["Duplicate entry 'secret' for key 'my_things.my_things$pair_key'", 'pair'],
      ["Duplicate entry 'secret' for key 'my_things_pair_key'", 'pair'],
      ["Duplicate entry 'secret' for key 'my_things.my_things_pair_key'", 'pair'],
      // A value that looks like the end of the message.
      ["Duplicate entry 'a' for key 'PRIMARY' for key 'my_things_pair_key'", 'pair'],
      ["Duplicate entry 'secret' for key 'other.my_things_pair_key'", undefined],
      ["Duplicate entry 'secret' for key 'theirs'", undefined],
    ] as const) {
      const thrown = error(message, { errno: 1062, sqlState: '23000', code: 'ER_DUP_ENTRY', sqlMessage: message })
      const { code, constraint } = toCardeaError(mysql, thrown, table)
      expect([code, constraint], message).toEqual([
        'unique_violation',
        key === undefined ? undefined : { table: 'cardea_things', key },
      ])
    }
    for (const [message, key] of [
      ['UNIQUE constraint failed: my_things.id', 'primary'],
      ['UNIQUE constraint failed: my_things.a, my_things.b', 'pair'],
      ["UNIQUE constraint failed: index 'my_things_pair_key'", 'pair'],
    ] as const) {
      expect(toCardeaError(sqlite, error(message, { errcode: 2067 }), table)).toMatchObject({ constraint: { key } })
    }
  })

  it('leaves typed errors as they are, and keeps values out of the others', () => {
    const typed = new CardeaError('email_taken', 'taken')
    expect(toCardeaError(postgres, typed, table)).toBe(typed)
    const thrown = error('invalid input syntax for type bigint: "secret"', {
      code: '22P02',
      severity: 'ERROR',
      detail: 'secret',
      where: 'secret',
      internalQuery: 'secret',
    })
    const { message, cause } = toCardeaError(postgres, thrown, table)
    expect(message).not.toContain('secret')
    expect(JSON.stringify([cause, String(cause), (cause as Error).stack])).not.toContain('secret')
    expect(cause).toMatchObject({ code: '22P02' })
    const { message: own, cause: ownCause } = toCardeaError(
      mysql,
      error("Incorrect string value: 'secret'", {
        errno: 1366,
        code: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
        sqlState: '22007',
        sqlMessage: "Incorrect string value: 'secret'",
        sql: "insert into things values ('secret')",
      }),
      table,
    )
    expect(own).not.toContain('secret')
    expect(JSON.stringify([ownCause, String(ownCause), (ownCause as Error).stack])).not.toContain('secret')
    expect(ownCause).toMatchObject({ errno: 1366 })
  })
})
