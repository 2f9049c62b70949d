import { describe } from 'vitest'
import type { Framework } from './framework.js'
import { answers } from './suites/answers.js'
import { bodies } from './suites/bodies.js'
import { connections } from './suites/connections.js'
import { failures } from './suites/failures.js'
import { guards } from './suites/guards.js'
import { malformed } from './suites/malformed.js'
import { surroundings } from './suites/surroundings.js'

/** What every adapter does, seen through a server. */
export function describeAdapter(framework: Framework): void {
  describe(`Cardea in an app of ${framework.name}`, () => {
    for (const suite of [answers, bodies, connections, failures, guards, malformed, surroundings]) suite(framework)
  })
}
