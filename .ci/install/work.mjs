import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Everything that was found, to be told at the end. */
export const problems = []

/** Runs tasks, as many at a time as there are cores. A task that throws is a problem and does not stop the others. */
export async function inTurns(tasks) {
  const queue = [...tasks]
  const work = async () => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      await task().catch((error) => problems.push(error instanceof Error ? error.message : String(error)))
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
}

/** The environment of a program in a stranger's project: nothing that npm told the script that runs here. */
export function strangersEnvironment(extra = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle)_|npm_config_(local_prefix|prefix|omit|save)|INIT_CWD$|CARDEA_|NODE_(ENV|OPTIONS|PATH)$)/.test(
        name,
      ),
  )
  return { ...Object.fromEntries(kept), ...extra }
}

/**
 * Runs a program to its end.
 *
 * @returns Its exit code and what it printed; the code is null when it had to be ended.
 */
export function run(command, words, { cwd, env = strangersEnvironment(), limitSeconds = 60 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitSeconds * 1_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** How long npm may take, in seconds: a first try is ended early, since a download that hangs hangs for ever. */
const tries = [60, 90, 150]

/**
 * Runs npm. Downloads hang at times, so it is given further tries, each from the beginning: what a try that was ended has
 * left would be in the way of the next. Warnings (engines, install scripts) are no failure.
 */
export async function npm(words, cwd) {
  const options = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  let said = ''
  for (const limitSeconds of tries) {
    const { code, stdout, stderr } = await run('npm', [...words, ...options], { cwd, limitSeconds })
    if (code === 0) return stdout
    said = `${code === null ? `ended after ${limitSeconds} s\n` : ''}${stdout}${stderr}`
    if (words[0] === 'install') rmSync(join(cwd, 'node_modules'), { recursive: true, force: true })
  }
  throw new Error(`npm ${words.join(' ')}\n${said}`)
}
