import { spawn } from 'node:child_process'
import { eq } from '@cardea/core'
import { collections, permissions } from '@cardea/storage'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { cheapHashing } from '../testing.fixture.js'
import { createAndDie, secret } from './killed.fixture.js'

/** How many of the statements a process is killed after: a few, spread over all, or every one. */
const kills = rounds({ test: 2, ci: 5, long: 1_000 })

/** The sources name each other as they will be called once they are built. */
const hooks = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || context.parentURL?.includes('/node_modules/')) return next(specifier, context)
    return next(specifier.replace(/\\.js$/, '.ts'), context)
  },
})`
const program = `
const { ${createAndDie.name} } = await import(${JSON.stringify(`${import.meta.dirname}/killed.fixture.ts`)})
console.log(await ${createAndDie.name}(JSON.parse(process.argv[1])))`

/** A machine that is busy may keep a process from its database; that is not what is looked at here. */
async function run(task: object): Promise<number | undefined> {
  try {
    return await runOnce(task)
  } catch (error) {
    if (!String(error).includes('unavailable')) throw error
    return await runOnce(task)
  }
}

/** @returns How many statements it took; undefined when the process was killed. */
function runOnce(task: object): Promise<number | undefined> {
  const words = ['--conditions=@cardea/source', `--import=data:text/javascript,${encodeURIComponent(hooks)}`]
  const child = spawn(process.execPath, [...words, '--input-type=module', '-e', program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complained = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    complained += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined)
      else if (code === 0) resolve(Number(printed))
      else reject(new Error(complained))
    })
  })
}

describe.each(firstWhereQuick(databases, 2))('definitions.create on $name', ({ open }) => {
  let database: TestDatabase
  let auth: ReturnType<typeof createCardea>

  beforeAll(async () => {
    database = await open()
    auth = createCardea({ storage: database.nodes[0], secret, environment: 'test', passwords: cheapHashing })
    await auth.migrate()
    await auth.ready()
  })

  afterAll(async () => {
    await auth.close()
    await database?.close()
  })

  it('goes on where a killed process left it, whichever statement that was', async () => {
    const definitionOf = (name: string) => ({
      name,
      type: 'auth',
      fields: [
        { name: 'phone', type: 'text', unique: true },
        { name: 'manager', type: 'relation', collection: 'users' },
      ],
    })
    const rowOf = (name: string) => database.nodes[0].findOne(collections, { where: eq('name', name) })
    const total = (await run({ url: database.url, definition: definitionOf('clean'), dieAfter: 0 })) ?? 0
    expect(total).toBeGreaterThan(15)
    const step = Math.max(1, Math.floor(total / kills))
    const outcomes = new Set<string>()
    for (let statement = 1; statement <= total; statement += step) {
      const definition = definitionOf(`killed_${statement}`)
      const { name } = definition
      const at = `killed after statement ${statement} of ${total}`
      expect(await run({ url: database.url, definition, dieAfter: statement }), at).toBeUndefined()
      const left = await rowOf(name)
      const served = await auth.findCollection(name)
      expect(served === undefined, at).toBe(left?.state !== 'ready')
      outcomes.add(left === undefined ? 'nothing' : `${left.state} ${left.table_begun}`)
      if (left?.state === 'pending') {
        // Nobody has to wait for a process that is gone longer than a claim holds.
        await database.nodes[0].update(collections, { where: eq('name', name), set: { claimed_at: 0 } })
      }
      if (left?.state !== 'ready') await auth.definitions.create(definition)
      await expect(auth.definitions.create(definition), at).rejects.toMatchObject({ code: 'conflict' })
      const own = { email: `${name}@example.com`, password: 'a good password', phone: '1' }
      await (await auth.findCollection(name))?.register(own)
      await auth.collection(name)?.login({ email: own.email, password: own.password })
      const granted = await database.nodes[0].find(permissions, { limit: 'all' })
      expect(
        granted.filter(({ label }) => label.startsWith(`${name}:`)),
        at,
      ).toHaveLength(4)
      expect((await auth.migrate()).steps, at).toEqual([])
    }
    expect(outcomes).toContain('pending true')
  }, 600_000)
})
