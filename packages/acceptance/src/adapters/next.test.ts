import { join } from 'node:path'
import { describe } from 'vitest'
import { nextApps, testsNext } from '../next/builds.js'
import { describeRendering } from '../next/rendering.js'
import type { Framework } from './framework.js'
import { describeAdapter } from './suite.js'

describe.skipIf(!testsNext)('on Next.js', async () => {
  if (!testsNext) return
  // Not part of this program: its types belong to Next, which has its own idea of `process.env`.
  const app = (await import(join(nextApps.routes, 'start-next.ts'))) as { startNext(): Promise<Framework> }
  const next = await app.startNext()
  describeAdapter(next)
  describeRendering(next)
})
