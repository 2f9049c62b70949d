import { readFileSync } from 'node:fs'
import { type ResolveFnOutput, registerHooks } from 'node:module'

/** What a specifier may have meant in TypeScript, where Node finds nothing by it as it is written. */
const rewrites: readonly (readonly [RegExp, string])[] = [
  [/\.js$/, '.ts'],
  [/\.mjs$/, '.mts'],
  [/\.cjs$/, '.cts'],
  [/$/, '.ts'],
  [/$/, '.js'],
  [/$/, '/index.ts'],
  [/$/, '/index.js'],
]

let hooked = false

/**
 * Loads a module, TypeScript included: Node strips the types.
 *
 * Apps are mostly written for tsc or a bundler, in two ways that Node alone does not follow: a relative import names the
 * `.js` that is there after the build, or has no ending; and TypeScript of a CommonJS package has the syntax of modules.
 */
export async function importModule(url: string): Promise<unknown> {
  if (!hooked) {
    hooked = true
    registerHooks({ resolve: (specifier, context, next) => asModule(find(specifier, (name) => next(name, context))) })
  }
  return await import(url)
}

/** Resolves a specifier as it is written, or else what it may have meant. */
function find(specifier: string, resolve: (specifier: string) => ResolveFnOutput): ResolveFnOutput {
  try {
    return resolve(specifier)
  } catch (error) {
    if (!/^\.{1,2}(\/|$)/.test(specifier)) throw error
    for (const [ending, instead] of rewrites) {
      if (!ending.test(specifier)) continue
      try {
        return resolve(specifier.replace(ending, instead))
      } catch {
        // The next may be there.
      }
    }
    throw error
  }
}

/** TypeScript with the syntax of modules is a module, whatever its package makes of it when it is built. */
function asModule(resolved: ResolveFnOutput): ResolveFnOutput {
  const { url, format } = resolved
  if (format !== 'commonjs-typescript' || !url.endsWith('.ts')) return resolved
  const isModule = /^\s*(import|export)\b(?!\s*[(=])/m.test(readFileSync(new URL(url), 'utf8'))
  return isModule ? { ...resolved, format: 'module-typescript' } : resolved
}
