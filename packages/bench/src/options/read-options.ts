import { parseArgs } from 'node:util'
import { type LoadToolName, loadToolNames } from '../load/tool.ts'

/** What can be asked for on the command line. */
export interface BenchOptions {
  /** Tiny rounds that show that everything works and answers rightly; no number of theirs means anything. */
  readonly smoke: boolean
  /** The parts to run; undefined for all. */
  readonly only: readonly string[] | undefined
  /** Where the results go; undefined for the usual place. */
  readonly json: string | undefined
  /** What puts load on servers. */
  readonly load: LoadToolName
  /** Keep the results with the sources, and write the page of the documentation that is made of them. */
  readonly writeDocs: boolean
  /** Write that page once more, without measuring anything. */
  readonly render: boolean
  /** A run under the profiler instead of the benchmarks. */
  readonly profile: ProfileTarget | undefined
}

export const profileTargets = ['strict', 'token', 'stateless', 'sign-in'] as const
export type ProfileTarget = (typeof profileTargets)[number]

/**
 * Reads the command line and `CARDEA_BENCH`.
 *
 * @param parts The names that `--only` may give.
 * @throws Error that says what is wrong and what there is instead.
 */
export function readOptions(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  parts: readonly string[],
): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      profile: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      load: { type: 'string', default: 'sockets' },
      render: { type: 'boolean', default: false },
    },
  })
  const tier = environment['CARDEA_BENCH'] ?? ''
  if (tier !== '' && tier !== 'smoke') throw new Error('CARDEA_BENCH must be smoke, or not be set')
  const only = values.only?.flatMap((list) => list.split(','))
  const unknown = only?.find((name) => !parts.includes(name))
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${parts.join(', ')}`)
  const profile = profileTargets.find((target) => target === values.profile)
  if (values.profile !== undefined && profile === undefined) {
    throw new Error(`--profile ${values.profile}: there are ${profileTargets.join(', ')}`)
  }
  const smoke = values.smoke || tier === 'smoke'
  const { render, 'write-docs': writeDocs } = values
  if (writeDocs && smoke) throw new Error('--write-docs: the numbers of a smoke run mean nothing')
  const load = loadToolNames.find((name) => name === values.load)
  if (load === undefined) throw new Error(`--load ${values.load}: there are ${loadToolNames.join(', ')}`)
  return { load, smoke, only, json: values.json, profile, writeDocs, render }
}
