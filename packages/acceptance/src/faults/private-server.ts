import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chownSync, constants, globSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithUs } from '../children.js'
import { patience } from '../patience.js'
import { type Query, type Row, rigName, serverQueries } from '../query.js'

/** A database server of a test's own, which may be broken: the ones that other tests use never are. */
export interface PrivateServer {
  readonly port: number
  /** Its database `app`, by way of a port. */
  url(port?: number): string
  start(): Promise<void>
  /** Ends it at once, with whatever is under way, as when its process is killed. */
  crash(): Promise<void>
  readonly query: Query
  /** The connections that somebody else has to it. */
  connections(): Promise<readonly number[]>
  /** Ends one connection. */
  endConnection(id: number): Promise<void>
  /** Refuses writes from now on, or takes them again. */
  setReadOnly(isReadOnly: boolean): Promise<void>
  remove(): Promise<void>
}

/** A kind of server that can be started here. */
export interface ServerKind {
  readonly name: 'PostgreSQL' | 'MariaDB'
  create(): Promise<PrivateServer>
}

/** What tells one kind from another. */
interface Recipe {
  readonly name: ServerKind['name']
  readonly protocol: string
  readonly administrator: string
  /** Who the app is. */
  readonly user: string
  /** A database that is there from the beginning. */
  readonly database: string
  /** Where the program may be. */
  readonly program: string | undefined
  install(folder: string, run: (command: string, words: readonly string[]) => void): void
  words(folder: string, port: number): readonly string[]
  /** The signal that ends it without any tidying up. */
  readonly crashSignal: NodeJS.Signals
  query(url: string, sql: string): Promise<readonly Row[]>
  readonly connectionsQuery: string
  endConnection(id: number): string
  setReadOnly(isReadOnly: boolean): readonly string[]
  /** Makes the app's database and user. */
  readonly prepare: readonly string[]
}

function find(...patterns: readonly string[]): string | undefined {
  return globSync([...patterns])
    .toSorted()
    .findLast((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

const postgresProgram = find('/usr/lib/postgresql/*/bin/postgres', '/usr/{,local/}bin/postgres')

const mariadbProgram = find('/usr/{,local/}{s,}bin/mariadbd')

const recipes: readonly Recipe[] = [
  {
    name: 'PostgreSQL',
    protocol: 'postgres',
    administrator: 'postgres',
    user: 'postgres',
    database: 'postgres',
    program: postgresProgram,
    install: (folder, run) => {
      const initdb = postgresProgram?.replace(/postgres$/, 'initdb') ?? ''
      run(initdb, ['-D', folder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
    },
    words: (folder, port) => [
      '-D',
      folder,
      `--port=${port}`,
      `--unix-socket-directories=${folder}`,
      '--listen-addresses=127.0.0.1',
      // What is to survive here is the end of a process, not of the machine.
      '--fsync=off',
    ],
    // The immediate shutdown: like a crash, but it takes its children along.
    crashSignal: 'SIGQUIT',
    query: serverQueries.postgres,
    connectionsQuery: `select pid as id from pg_stat_activity where backend_type = 'client backend' and application_name <> '${rigName}'`,
    endConnection: (id) => `select pg_terminate_backend(${id})`,
    setReadOnly: (isReadOnly) => [
      `alter system set default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`,
      'select pg_reload_conf()',
    ],
    prepare: ['create database app'],
  },
  {
    name: 'MariaDB',
    protocol: 'mysql',
    administrator: 'root',
    user: 'app',
    database: 'mysql',
    program: mariadbProgram,
    install: (folder, run) => {
      const words = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
      run('mariadb-install-db', ['--no-defaults', `--datadir=${folder}`, ...words])
    },
    words: (folder, port) => [
      '--no-defaults',
      `--datadir=${folder}`,
      `--port=${port}`,
      `--socket=${folder}/socket`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=2',
    ],
    crashSignal: 'SIGKILL',
    query: serverQueries.mysql,
    connectionsQuery: "select id from information_schema.processlist where user = 'app'",
    endConnection: (id) => `kill ${id}`,
    setReadOnly: (isReadOnly) => [`set global read_only = ${isReadOnly ? 1 : 0}`],
    // An administrator would write into a server that can only be read.
    prepare: ['create database app', 'create user app', 'grant all on app.* to app'],
  },
]

/** The servers that are installed here. */
export const serverKinds: readonly ServerKind[] = recipes.flatMap((recipe) => {
  const { name, program } = recipe
  return program === undefined ? [] : [{ name, create: () => create(recipe, program) }]
})

/** Servers refuse to run as root, so they run as somebody who owns nothing else. */
function servantOf(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function create(recipe: Recipe, program: string): Promise<PrivateServer> {
  const servant = servantOf()
  const folder = mkdtempSync(join(tmpdir(), 'cardea-server-'))
  if (servant !== undefined) chownSync(folder, servant.uid, servant.gid)
  const options = { cwd: folder, ...servant }
  recipe.install(join(folder, 'data'), (command, words) => {
    execFileSync(command, words, { ...options, stdio: 'pipe' })
  })
  const port = await freePort()
  const urlOf = (user: string, database: string, at = port): string =>
    `${recipe.protocol}://${user}@127.0.0.1:${at}/${database}`
  let running: { readonly child: ChildProcess; readonly exited: Promise<unknown> } | undefined
  let { database } = recipe
  const query: Query = (sql) => recipe.query(urlOf(recipe.administrator, database), sql)

  const server: PrivateServer = {
    port,
    url: (at) => urlOf(recipe.user, 'app', at),
    start: async () => {
      let printed = ''
      const child = endWithUs(spawn(program, recipe.words(join(folder, 'data'), port), { ...options, stdio: 'pipe' }))
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      const exited = once(child, 'exit')
      running = { child, exited }
      const deadline = performance.now() + patience.timeout
      for (;;) {
        try {
          await query('select 1')
          return
        } catch (error) {
          const isOver = child.exitCode !== null || performance.now() > deadline
          if (isOver) throw new Error(printed.slice(-2_000), { cause: error })
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    crash: async () => {
      running?.child.kill(recipe.crashSignal)
      await running?.exited
      running = undefined
    },
    query,
    connections: async () => (await server.query(recipe.connectionsQuery)).map(({ id }) => Number(id)),
    endConnection: async (id) => {
      // It may be gone already.
      await server.query(recipe.endConnection(id)).catch(() => undefined)
    },
    setReadOnly: async (isReadOnly) => {
      for (const sql of recipe.setReadOnly(isReadOnly)) await server.query(sql)
    },
    remove: async () => {
      await server.crash()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  for (const sql of recipe.prepare) await query(sql)
  database = 'app'
  return server
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Listening on TCP, so the address is one of a socket.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
