import { spawn } from 'node:child_process'
import { eq } from '@cardea/core'
import { collections, permissions } from '@cardea/storage'
import { firstWhereQuick, rounds } from '@cardea/storage/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCardea } from '../create-cardea.js'
import { databases, type TestDatabase } from '../databases.fixture.js'
import { cheapHashing } from '../testing.fixture.js'
import { secret, workAndDie } from './killed.fixture.js'

/** How many of the statements a process is killed after: a few, spread over all, or every one. */
const kills = rounds({ test: 2, ci: 3, long: 1_000 })

/** The same for changes, and for dropping; what is left after each step is looked at elsewhere. */
const changeKills = rounds({ test: 1, ci: 2, long: 1_000 })
const renameKills = rounds({ test: 0, ci: 2, long: 1_000 })
const dropKills = rounds({ test: 0, ci: 1, long: 1_000 })

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
const { ${workAndDie.name} } = await import(${JSON.stringify(`${import.meta.dirname}/killed.fixture.ts`)})
console.log(await ${workAndDie.name}(JSON.parse(process.argv[1])))`

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

  /** Statements after which to die: all, or so many that lie in the middle of parts of the same length. */
  const places = (total: number, count: number): readonly number[] =>
    Array.from({ length: Math.min(total, count) }, (_, index) => {
      const part = total / Math.min(total, count)
      return Math.ceil(part * index + part / 2)
    })
  const claimRunsOut = (name: string) =>
    database.nodes[0].update(collections, { where: eq('name', name), set: { claimed_at: 0 } })

  it('serves a collection whose change was killed, whichever statement that was, and changes it at the next try', async () => {
    const fields = {
      phone: { type: 'text', unique: true, optional: true },
      code: { type: 'text', unique: true, optional: true },
      boss: { type: 'relation', collection: 'users', optional: true, index: true },
    }
    const change = {
      fields: {
        phone: { type: 'text', optional: true, index: true },
        seats: { type: 'number', unique: true, optional: true },
      },
      drop: ['code', 'boss'],
    }
    const prepare = async (name: string) => {
      await auth.definitions.create({ name, type: 'auth', fields, auth: { identifiers: ['code'] } })
      const own = { email: `${name}@example.com`, password: 'a good password', phone: '1', code: 'c' }
      const result = await (await auth.findCollection(name))?.register(own)
      return result?.status === 'signed_in' ? String(result.signIn.user['id']) : ''
    }
    await prepare('changed_clean')
    const total = (await run({ url: database.url, definition: { name: 'changed_clean' }, change, dieAfter: 0 })) ?? 0
    expect(total).toBeGreaterThan(15)
    const versions = new Set<number>()
    for (const statement of places(total, changeKills)) {
      const name = `changed_${statement}`
      const at = `killed after statement ${statement} of ${total}`
      const id = await prepare(name)
      expect(await run({ url: database.url, definition: { name }, change, dieAfter: statement }), at).toBeUndefined()
      const api = await auth.findCollection(name)
      expect(await api?.find(id), at).toMatchObject({ phone: '1' })
      await api?.register({ email: `other_${name}@example.com`, password: 'a good password', phone: '2' })
      const { version = 0 } = (await auth.definitions.find(name)) ?? {}
      versions.add(version)
      // Nobody has to wait for a process that is gone longer than a claim holds.
      await claimRunsOut(name)
      await auth.definitions.change(name, version === 1 ? change : {})
      await auth.definitions.change(name, { fields: { code: { type: 'text', optional: true } } })
      expect(await (await auth.findCollection(name))?.find(id), at).toMatchObject({
        phone: '1',
        code: null,
        seats: null,
      })
      expect((await auth.migrate()).steps, at).toEqual([])
    }
    if (changeKills > 2) expect([...versions].sort()).toEqual([1, 2])
  }, 600_000)

  it.skipIf(renameKills === 0)(
    'serves a collection whose fields were being renamed by a process that was killed, by one of both names',
    async () => {
      const fields = {
        phone: { type: 'text', unique: true, optional: true },
        boss: { type: 'relation', collection: 'users', optional: true },
      }
      const change = { rename: { phone: 'mobile', boss: 'manager' } }
      const password = 'a good password'
      const signIn = async (name: string, key: string, value: string) =>
        String((await (await auth.findCollection(name))?.login({ [key]: value, password }))?.user['id'])
      const join = async (name: string, key: string, value: string) => {
        const own = { email: `${value}_${name}@example.com`, password, [key]: value }
        const result = await (await auth.findCollection(name))?.register(own)
        return result?.status === 'signed_in' ? String(result.signIn.user['id']) : ''
      }
      const prepare = async (name: string) => {
        await auth.definitions.create({ name, type: 'auth', fields, auth: { identifiers: ['phone'] } })
        return await join(name, 'phone', '1')
      }
      await prepare('renamed_clean')
      const total = (await run({ url: database.url, definition: { name: 'renamed_clean' }, change, dieAfter: 0 })) ?? 0
      expect(total).toBeGreaterThan(20)
      const versions = new Set<number>()
      for (const statement of places(total, renameKills)) {
        const name = `renamed_${statement}`
        const at = `killed after statement ${statement} of ${total}`
        const id = await prepare(name)
        expect(await run({ url: database.url, definition: { name }, change, dieAfter: statement }), at).toBeUndefined()
        const { version = 0 } = (await auth.definitions.find(name)) ?? {}
        versions.add(version)
        const key = version === 1 ? 'phone' : 'mobile'
        expect(await signIn(name, key, '1'), at).toBe(id)
        await (await auth.findCollection(name))?.update(id, { [key]: '2' })
        const other = await join(name, key, '3')
        await claimRunsOut(name)
        await auth.definitions.change(name, version === 1 ? change : {})
        expect(await (await auth.findCollection(name))?.find(id), at).toMatchObject({ mobile: '2', manager: null })
        expect([await signIn(name, 'mobile', '2'), await signIn(name, 'mobile', '3')], at).toEqual([id, other])
        await auth.definitions.change(name, { fields: { phone: { type: 'text', optional: true } } })
        expect(await (await auth.findCollection(name))?.find(id), at).toMatchObject({ phone: null, mobile: '2' })
        expect((await auth.migrate()).steps, at).toEqual([])
      }
      expect([...versions].sort()).toEqual([1, 2])
    },
    1_200_000,
  )

  it.skipIf(dropKills === 0)(
    'drops a collection at the next try where a process was killed that dropped it',
    async () => {
      const prepare = async (name: string) => {
        await auth.definitions.create({ name, type: 'auth' })
        await (await auth.findCollection(name))?.register({ email: 'x@example.com', password: 'a good password' })
      }
      await prepare('dropped_clean')
      const task = { url: database.url, change: 'drop' }
      const total = (await run({ ...task, definition: { name: 'dropped_clean' }, dieAfter: 0 })) ?? 0
      for (const statement of places(total, dropKills)) {
        const name = `dropped_${statement}`
        await prepare(name)
        await run({ ...task, definition: { name }, dieAfter: statement })
        await auth.definitions.remove(name, { drop: true }).catch((error: { code?: string }) => {
          expect(error.code, `killed after statement ${statement} of ${total}`).toBe('not_found')
        })
        await prepare(name)
        expect((await auth.migrate()).steps).toEqual([])
      }
    },
    600_000,
  )
})
