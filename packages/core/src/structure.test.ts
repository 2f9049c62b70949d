import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes } from './codes.js'
import {
  allSources,
  anyType,
  cipher,
  type Finding,
  findIn,
  findInText,
  globalFetch,
  hastyComparison,
  heldUp,
  machineAccess,
  productSources,
  repository,
  timer,
  wholeZod,
} from './structure.fixture.js'

const lines = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ file, line, what }) => `${file}:${line} ${what}`)

const outside = (findings: readonly Finding[], allowed: Readonly<Record<string, string>>): readonly string[] =>
  lines(findings.filter(({ file }) => !Object.hasOwn(allowed, file)))

/** Where the machine's clock and generator are read, and why there. Everything else has them passed in. */
const machineReaders: Readonly<Record<string, string>> = {
  'packages/core/src/crypto/clock.ts': 'the clock that is passed in',
  'packages/core/src/crypto/random.ts': 'the generator that is passed in',
  'packages/kysely/src/driver/time.ts': 'how long a real database takes; no instant that is kept',
  'packages/client/src/platform.ts': 'the platform that is passed in, and what it is by default',
  'packages/client/src/auth/oauth.ts': 'asks the platform that is passed in',
}

/** What stands wherever the machine is asked. */
const machine = /Date|Math|performance|process|random|webcrypto/i

/** Where timers run, and for what. A timer elsewhere would be background work that no host knows of. */
const timerOwners: Readonly<Record<string, string>> = {
  'packages/kysely/src/driver/time.ts': 'the pause before a transaction is tried again',
  'packages/kysely/src/driver/after.ts': 'how long a statement may take, and a writer waits for its turn',
  'packages/kysely/src/postgres/hints/timers.ts': 'when a connection for hints is looked at, and made again',
  'packages/kysely/src/postgres/hints/postgres-hints.ts': 'names the timers that are passed in',
  'packages/cardea/src/services/pause.ts':
    'how long a collection that another request makes is waited for; the answer that goes out before mails are made',
  'packages/cardea/src/services/timers.ts': 'the timers that are passed in',
  'packages/redis/src/timers.ts': 'how long Redis may take to answer, and when it is asked again',
  'packages/redis/src/hints/redis-hints.ts': 'names the timers that are passed in',
  'packages/redis/src/limits/redis-rate-limits.ts': 'names the timers that are passed in',
  'packages/client/src/platform.ts': 'the platform that is passed in, and what it is by default',
  'packages/storage/src/memory/turns.ts': 'how long a writer waits for its turn',
}

describe('sources of all packages', () => {
  it('are found', () => {
    expect(productSources()).toContain('packages/core/src/errors.ts')
    expect(productSources()).toContain('packages/storage/src/contract/storage.ts')
    expect(productSources().filter((file) => file.includes('.test.'))).toEqual([])
    expect(allSources()).toContain('packages/core/src/structure.test.ts')
  })

  it('read neither clock nor random numbers, but where these come from', () => {
    expect(outside(findIn(productSources(), machineAccess, machine), machineReaders)).toEqual([])
  })

  it('start timers only where a wait has an end', () => {
    expect(outside(findIn(productSources(), timer, /timers|setTimeout|setInterval|setImmediate/), timerOwners)).toEqual(
      [],
    )
  })

  it('are allowed no more than they need', () => {
    const readers = new Set(findIn(productSources(), machineAccess, machine).map(({ file }) => file))
    const owners = new Set(
      findIn(productSources(), timer, /timers|setTimeout|setInterval|setImmediate/).map(({ file }) => file),
    )
    expect(Object.keys(machineReaders).filter((file) => !readers.has(file))).toEqual([])
    expect(Object.keys(timerOwners).filter((file) => !owners.has(file))).toEqual([])
  })

  it('reach the network only through what was passed in', () => {
    // Whoever passes in nothing means the platform's.
    const platform = {
      'packages/cardea/src/services/platform-fetch.ts': 'the fetch that is passed in',
      'packages/sessions/src/verify/key-set.ts': 'a verifier for services that have no instance',
    }
    expect(outside(findIn(productSources(), globalFetch, /fetch/), platform)).toEqual([])
  })

  it('compare secrets in a time that tells nothing', () => {
    const public_ = {
      'packages/cardea/src/collections/claim-name.ts': 'who works on a row, which is no secret',
      'packages/cardea/src/collections/claim-change.ts': 'who works on a row, which is no secret',
    }
    expect(outside(findIn(productSources(), hastyComparison, /[!=]==/), public_)).toEqual([])
  })

  it('hash no password while all else has to wait', () => {
    expect(lines(findIn(productSources(), heldUp, /Sync/))).toEqual([])
  })

  it('encrypt in one place, which sees every change', () => {
    const files = new Set(findIn(productSources(), cipher, /ipheriv|crypt/).map(({ file }) => file))
    // The second keeps nothing secret: AES is a step of how Firebase hashes passwords.
    expect([...files].sort()).toEqual([
      'packages/core/src/crypto/seal.ts',
      'packages/identity/src/password/foreign/firebase.ts',
    ])
    expect(readFileSync(join(repository, 'packages/core/src/crypto/seal.ts'), 'utf8')).toContain("'aes-256-gcm'")
  })

  it('have no `any`, tests included', () => {
    expect(lines(findIn(allSources(), anyType, /\bany\b/))).toEqual([])
  })

  it('import zod without its methods, as a namespace', () => {
    expect(lines(findIn(allSources(), wholeZod, /zod/))).toEqual([])
  })
})

describe('the searches', () => {
  const found = (text: string, look: Parameters<typeof findInText>[2]) =>
    findInText('x.ts', text, look).map(({ what }) => what)

  it('find what they are for', () => {
    expect(found('const f = Date.now; globalThis.Date.now()', machineAccess)).toEqual(['Date.now', 'Date.now'])
    expect(found('new Date(); new Date; Date()', machineAccess)).toEqual(['new Date()', 'new Date()', 'Date()'])
    expect(found('Math.random() + performance.now()', machineAccess)).toEqual(['Math.random', 'performance.now'])
    expect(found("import { randomUUID } from 'node:crypto'", machineAccess)).toEqual(['randomUUID'])
    expect(found('setInterval(f, 1); globalThis.setTimeout(f)', timer)).toEqual(['setInterval', 'setTimeout'])
    expect(found("import { setTimeout as pause } from 'node:timers/promises'", timer)).toHaveLength(2)
    expect(found('await fetch(url); globalThis.fetch', globalFetch)).toEqual(['fetch()', 'globalThis.fetch'])
    expect(found('row.token_hash === hash; mac !== of(x); 1 === a.secret', hastyComparison)).toHaveLength(2)
    expect(found("import { scryptSync } from 'node:crypto'; bcrypt.hashSync(p)", heldUp)).toHaveLength(2)
    expect(found("import { createDecipheriv } from 'node:crypto'", cipher)).toEqual(['createDecipheriv'])
    expect(found('const x: any[] = y as any', anyType)).toEqual(['any', 'any'])
    expect(found("import { z } from 'zod/mini'", wholeZod)).toHaveLength(1)
    expect(found("import * as z from 'zod'", wholeZod)).toHaveLength(1)
    expect(found("import z from 'zod/v4'", wholeZod)).toHaveLength(1)
  })

  it('leave comments, texts and harmless likenesses alone', () => {
    expect(found('// Date.now() any\nconst a = "Math.random()"', machineAccess)).toEqual([])
    expect(found('new Date(0); clock(); row.now; Date.parse(t)', machineAccess)).toEqual([])
    expect(found("type Replaced = 'timers'", timer)).toEqual([])
    expect(found('let t: ReturnType<typeof setTimeout>; clearTimeout(t)', timer)).toEqual([])
    expect(found('app.fetch(r); ({ fetch }) => fetch(r)', globalFetch)).toEqual([])
    expect(found("hash === undefined; row.secret !== null; token === ''; a.kind === 'hash'", hastyComparison)).toEqual(
      [],
    )
    expect(found('// any\nconst any = "any"', anyType)).toEqual([])
    expect(found("import * as z from 'zod/mini'; import type * as t from 'zod/mini'", wholeZod)).toEqual([])
  })
})

describe('docs/errors.md', () => {
  const document = readFileSync(join(repository, 'docs/errors.md'), 'utf8')
  const rows = document.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const [, anchor, code] = /^(?:<a id="(\w+)"><\/a>)?`(\w+)`$/.exec(cells[1] ?? '') ?? []
    return code === undefined ? [] : [{ anchor, code, status: cells[2], meaning: cells[3], advice: cells[4] }]
  })

  it('has one row for each error code, in the same order', () => {
    expect(rows.map(({ code }) => code)).toEqual([...errorCodes])
  })

  it('gives each code an anchor, since answers link to it', () => {
    for (const { anchor, code } of rows) expect(anchor).toBe(code)
  })

  it('says status, meaning and what to do for each code', () => {
    for (const { code, status, meaning, advice } of rows) {
      expect(`${code} ${status}`).toMatch(/ (4\d\d|500|503)(, 422)?$/)
      expect(meaning, code).toMatch(/\.$/)
      expect(advice, code).toMatch(/\.$/)
    }
  })
})
