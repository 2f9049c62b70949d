import type { Row, Verdict } from '../report/part.ts'
import { fixedRow, format, judge, under } from '../report/rows.ts'
import { summarize } from '../statistics/summary.ts'
import { bundleSize } from './bundle-size.ts'
import type { Part } from './context.ts'

interface Bundle {
  readonly name: string
  readonly code: string
  readonly atMostKilobytes?: number
}

const server = `
  export { createCardea } from 'cardea'
  export { createGuard, createHandler } from '@cardea/http'`

const bundles: readonly Bundle[] = [
  { name: 'cardea + @cardea/http', code: server, atMostKilobytes: 100 },
  {
    name: 'the same + @cardea/kysely/sqlite + kysely',
    code: `${server}\nexport { sqlite } from '@cardea/kysely/sqlite'`,
    atMostKilobytes: 140,
  },
  { name: 'better-auth, its Kysely adapter inside', code: `export { betterAuth } from 'better-auth'` },
  {
    name: 'the same + plugins admin and access',
    code: `
      export { betterAuth } from 'better-auth'
      export { admin } from 'better-auth/plugins'
      export { createAccessControl } from 'better-auth/plugins/access'`,
  },
]

const verifyBundle: Bundle = {
  name: '@cardea/sessions/verify',
  code: `export * from '@cardea/sessions/verify'`,
  atMostKilobytes: 12,
}

const clientBundle: Bundle = {
  name: '@cardea/client',
  code: `export * from '@cardea/client'`,
  atMostKilobytes: 6,
}

/** What an app carries along. */
export const sizes: Part = {
  name: 'sizes',
  run: async ({ scale }) => {
    const rows: Row[] = []
    const verdicts: Verdict[] = []
    for (const { name, code, atMostKilobytes } of [...bundles, verifyBundle, clientBundle]) {
      const { atStart, later } = await bundleSize(code)
      rows.push(fixedRow(name, 'kB', atStart / 1_000))
      if (later > 0) rows.push(fixedRow(`${name}: loaded at first use`, 'kB', later / 1_000))
      if (atMostKilobytes === undefined) continue
      verdicts.push(
        judge(
          `${name} ≤ ${atMostKilobytes} kB`,
          summarize([atStart / 1_000]),
          { atMost: atMostKilobytes },
          scale.judged,
          (value) => `${format(value)} kB`,
        ),
      )
    }
    return {
      name: 'sizes',
      title: 'Bundle sizes, by esbuild, minified and gzipped',
      rows,
      verdicts: under('size', verdicts),
      notes: ['with the schemas and all libraries inside, but for the native Argon2; kB are 1,000 bytes'],
    }
  },
}
