import type { LoadTool } from '../load/tool.ts'
import type { Scale } from '../measure/scale.ts'
import type { PartResult } from '../report/part.ts'
import type { World } from '../world/world.ts'

/** What every part works with. */
export interface PartContext {
  readonly scale: Scale
  /** Made when the first part asks for it. */
  readonly world: () => Promise<World>
  readonly load: LoadTool
}

/** One of the benchmarks. */
export interface Part {
  readonly name: string
  readonly run: (context: PartContext) => Promise<PartResult>
}
