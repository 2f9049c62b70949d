import { readFileSync } from 'node:fs'

/** The version of this package, as its manifest says it. */
export function readVersion(): string {
  // The sources and what is built of them stand at the same depth.
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return (manifest as { readonly version: string }).version
}
