import { parseArgs } from 'node:util'

/** What can be asked for on the command line. */
export interface BenchOptions {
  /** Tiny rounds that show that everything works and answers rightly; no number of theirs means anything. */
  readonly smoke: boolean
  /** The parts to run; undefined for all. */
  readonly only: readonly string[] | undefined
  /** Where the results go; undefined for the usual place. */
  readonly json: string | undefined
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
  return { smoke: values.smoke || tier === 'smoke', only, json: values.json, profile }
}
