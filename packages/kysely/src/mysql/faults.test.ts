import { createPool, type RowDataPacket } from 'mysql2'
import { describeFaults, type FaultSubject } from '../driver/describe-faults.fixture.js'
import { mysql } from './mysql.js'
import { createApp, createTestMysql, skippedBecause, type TestMysql } from './open-mysql.fixture.js'

const opened = await createTestMysql()

describeFaults(
  `mysql() when things go wrong${skippedBecause(opened)}`,
  'skipped' in opened ? undefined : subjectOf(opened),
)

function subjectOf(database: TestMysql): FaultSubject {
  const { name, url, admin } = database
  const rows = async (sql: string): Promise<RowDataPacket[]> => (await admin.query<RowDataPacket[]>(sql))[0]
  const pools: { end(): void }[] = []
  return {
    url,
    scheme: 'mysql',
    open: (at, options) => mysql(at, options),
    app: createApp,
    openKysely: (app) => mysql(app),
    openPool: () => {
      const single = createPool({ uri: url, connectionLimit: 1 }).promise()
      return {
        storage: mysql(single),
        hold: async () => {
          const connection = await single.getConnection()
          return () => connection.release()
        },
        answers: () => single.query('select 1 as one'),
        close: () => single.end(),
      }
    },
    openReadOnly: () => {
      const pool = createPool({ uri: url, connectionLimit: 2 })
      pools.push(pool)
      pool.on('connection', (connection) => connection.query('set session transaction read only', () => {}))
      return mysql(pool)
    },
    query: rows,
    number: async (sql) => Number((await rows(sql))[0]?.['number']),
    hold: async (sql) => {
      const connection = await admin.getConnection()
      await connection.query('start transaction')
      await connection.query(sql)
      return async () => {
        await connection.query('rollback')
        connection.release()
      }
    },
    terminate: async () => {
      const own = await rows('select connection_id() as id')
      const others = await rows(`select id from information_schema.processlist where db = '${name}'`)
      for (const { id } of others) {
        // It may have ended meanwhile.
        if (id !== own[0]?.['id']) await admin.query(`kill ${id}`).catch(() => {})
      }
    },
    drop: async () => {
      for (const pool of pools) pool.end()
      await database.drop()
    },
  }
}
