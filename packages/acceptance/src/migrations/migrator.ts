import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { endWithUs } from '../children.js'

/** When a process dies: before a statement is sent, when it is sent and not answered, when its answer is there. */
export type Moment = 'before' | 'sent' | 'after'

/** One migration. */
export interface Job {
  readonly driver: 'node:sqlite' | 'better-sqlite3' | 'pg' | 'mysql2'
  readonly url: string
  readonly version: 1 | 2
  readonly kill?: { readonly statement: number; readonly moment: Moment }
}

export interface Outcome {
  readonly steps: number
  /** Everything that was sent to the database, BEGIN and COMMIT included. */
  readonly statements: readonly string[]
  readonly error?: string
}

/** A process that migrates when it is told to. */
export interface Migrator {
  migrate(job: Job): Promise<Outcome>
  /** Lets it migrate and die. @throws Error when it lives on. */
  die(job: Job & { readonly kill: NonNullable<Job['kill']> }): Promise<void>
  stop(): void
}

/** Starts a process and waits until it has loaded all that it needs. */
export async function startMigrator(): Promise<Migrator> {
  // Nothing of the flags under which the tests run: the process is one as an app has it.
  const child = endWithUs(fork(join(import.meta.dirname, 'migrator-process.ts'), { execArgv: [], stdio: 'inherit' }))
  await message(child)
  return {
    migrate: async (job) => {
      child.send(job)
      return (await message(child)) as Outcome
    },
    die: async (job) => {
      for (let tries = 1; ; tries += 1) {
        const end = Promise.race([once(child, 'exit'), once(child, 'message')])
        child.send(job)
        const [first, signal] = (await end) as readonly unknown[]
        if (signal === 'SIGKILL') return
        // A busy machine may not have let it connect in time; then nothing was sent at all.
        const { statements } = first as Outcome
        if (statements.length > 0 || tries === 5) {
          throw new Error(`the process was to be killed, but: ${JSON.stringify(first)}`)
        }
      }
    },
    stop: () => child.kill('SIGKILL'),
  }
}

/** What the process says next; an error when it ends instead. */
async function message(child: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  const { signal } = over
  const ended = once(child, 'exit', { signal }).then(([code, reason]) => {
    throw new Error(`the process ended with ${code ?? reason}`)
  })
  try {
    const [said] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown]
    return said
  } finally {
    // Whichever did not happen is waited for no longer.
    ended.catch(() => undefined)
    over.abort()
  }
}
