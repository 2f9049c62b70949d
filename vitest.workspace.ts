import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Packages are tested from their sources: no build stands between a change and its test. */
const conditions = ['@cardea/source', 'module', 'node', 'development|production']
const packages = readdirSync('packages').filter((name) => existsSync(`packages/${name}/package.json`))

const servers = [
  { name: 'PostgreSQL', variable: 'TEST_POSTGRES_URL', url: 'postgres://postgres@127.0.0.1:5432/test', port: 5432 },
  { name: 'MySQL or MariaDB', variable: 'TEST_MYSQL_URL', url: 'mysql://root@127.0.0.1:3306/test', port: 3306 },
  { name: 'Redis', variable: 'TEST_REDIS_URL', url: 'redis://127.0.0.1:6379', port: 6379 },
]

/** Whether something listens where a server should be. */
function listens(url: string, defaultPort: number): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || defaultPort), timeout: 2_000 })
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}

// This file is read once for each project, and the line is said once. With CI set, the tests themselves fail.
if (!process.env['CI'] && !process.env['CARDEA_TEST_DATABASES_KNOWN']) {
  process.env['CARDEA_TEST_DATABASES_KNOWN'] = 'yes'
  for (const { name, variable, url, port } of servers) {
    if (await listens(process.env[variable] ?? url, port)) continue
    process.stderr.write(`${name} does not answer at ${variable}: the tests that need it are skipped\n`)
  }
}

/** More rounds take longer. A busy machine does, too: what never ends is what has to be found, not what is slow. */
const testTimeout = process.env['CARDEA_TEST_TIER'] === 'long' ? 600_000 : 120_000

/** Many tests wait for a database or a process of their own, so three short ones at a time pay on two cores as well. */
const leastWorkers = process.env['CARDEA_TEST_TIER'] === 'long' ? 2 : 3
const maxWorkers = Math.max(leastWorkers, availableParallelism() - 1)

/**
 * Packages whose test files each get a process of their own: they start and kill others. The rest keep nothing in their
 * modules that a file could find of another, and starting processes for them takes as long as half of their tests.
 */
const isolated = new Set(['acceptance', 'bench'])

/** One project after the other, but first the one whose files wait for servers: at the end, nothing would run beside them. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const waits = ({ project }: TestSpecification): boolean => project.name === 'redis'
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))]
  }
}

/** Hundreds of programs are started, each of which would compile the same code. */
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'cardea-compiled')

export default defineConfig({
  test: {
    maxWorkers,
    sequence: { sequencer: WaitingFirst },
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
    projects: packages.map((name) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        root: `./packages/${name}`,
        isolate: isolated.has(name),
        include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
        testTimeout,
        hookTimeout: process.env['CARDEA_TEST_TIER'] === undefined ? 120_000 : 300_000,
        globalSetup: ['src/global-setup.ts'].filter((file) => existsSync(`packages/${name}/${file}`)),
      },
    })),
  },
})
