export type { CliIo, Prompts } from './io.js'
export { main } from './main.js'
export { createProcessIo } from './process-io.js'
export { runCli } from './run-cli.js'
