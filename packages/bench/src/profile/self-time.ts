/** The part of a `.cpuprofile` that is read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      /** Counted from 0. */
      readonly lineNumber: number
      readonly columnNumber: number
    }
  }[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

/** Where the time of a thread went. */
export interface SelfTimes {
  /** How long it did anything at all, in microseconds. */
  readonly busyMicroseconds: number
  /** The costliest first. */
  readonly functions: readonly SelfTime[]
}

/** How much of the time was spent in the code of a function itself. */
export interface SelfTime {
  readonly name: string
  readonly url: string
  readonly line: number
  readonly column: number
  /** Of the time in which the process did anything. */
  readonly share: number
}

/** Adds up the samples by function; the time in which nothing ran is left out. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTimes {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const spent = new Map<string, { readonly frame: CpuProfile['nodes'][number]['callFrame']; time: number }>()
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === '(idle)') continue
    // A sample stands for the time until the next one.
    const time = timeDeltas[index + 1] ?? 0
    const key = `${frame.functionName} ${frame.url}:${frame.lineNumber}:${frame.columnNumber}`
    const known = spent.get(key) ?? { frame, time: 0 }
    known.time += time
    spent.set(key, known)
    busy += time
  }
  const functions = [...spent.values()]
    .sort((a, b) => b.time - a.time)
    .map(({ frame, time }) => ({
      name: frame.functionName === '' ? '(anonymous)' : frame.functionName,
      url: frame.url,
      line: frame.lineNumber + 1,
      column: frame.columnNumber + 1,
      share: busy === 0 ? 0 : time / busy,
    }))
  return { busyMicroseconds: busy, functions }
}
