import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type DemoServer, startDemo, temporaryFolder } from '../demo-server.js'
import { blocksOf, root } from './pages.js'

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  return address.port
}

/** Starts the first program of a page as it stands there, on a port of its own, with an empty database. */
export async function startQuickStart(page: string): Promise<DemoServer> {
  const code = blocksOf(page).find(({ language }) => language === 'ts')?.text
  if (code === undefined) throw new Error(`${page} has no program`)
  // Packages are found from here; Node takes the types out.
  const folder = join(root, '.tsbuild/quick-starts')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${page.replaceAll('/', '.')}.ts`)
  writeFileSync(file, code.replaceAll('3000', String(await freePort())))
  return await startDemo({}, temporaryFolder(), file)
}
