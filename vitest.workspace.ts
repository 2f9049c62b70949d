import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Packages are tested from their sources: no build stands between a change and its test. */
const conditions = ['@cardea/source', 'module', 'node', 'development|production']
const packages = readdirSync('packages').filter((name) => existsSync(`packages/${name}/package.json`))

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
    projects: packages.map((name) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        root: `./packages/${name}`,
        include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
        testTimeout: 20_000,
        hookTimeout: 30_000,
        globalSetup: ['src/global-setup.ts'].filter((file) => existsSync(`packages/${name}/${file}`)),
      },
    })),
  },
})
