import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from '@cardea/kysely/sqlite'
import { type AnyCollection, createCardea, defineCollection, number, text } from 'cardea'
import { expect, it } from 'vitest'
import { run, temporaryFolder } from '../cli.fixture.js'

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

it('tells of a required field whose records have no value, from the migration that adds it on', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'cardea.config.ts'), '')
  const open = (things: AnyCollection) =>
    createCardea({
      storage: sqlite(join(cwd, 'app.db')),
      environment: 'test',
      logger,
      collections: [things],
    })
  const before = open(defineCollection('things', { type: 'base', fields: { title: text() } }))
  await before.migrate()
  await (await before.recordsOf('things'))?.create({ title: 'old' })
  await before.close()
  const priced = defineCollection('things', { type: 'base', fields: { title: text(), price: number() } })
  const modules = { 'config.ts': () => ({ auth: open(priced) }) }
  const json = async (...argv: string[]) => JSON.parse((await run([...argv, '--json'], { cwd, modules })).stdout)
  const missingValues = [{ collection: 'things', field: 'price', rows: 1 }]
  expect(await json('migrate', '--dry-run')).toMatchObject({ dryRun: true, missingValues })
  expect(await json('migrate')).toMatchObject({ dryRun: false, missingValues })
  expect(await json('migrate')).not.toHaveProperty('missingValues')
  const { checks } = await json('doctor')
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'required fields', status: 'warning', message: expect.stringContaining('price') }),
  )
})
