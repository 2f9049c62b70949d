import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { isCancel, password, text } from '@clack/prompts'
import { CliError } from './cli-error.js'
import { importModule } from './config/import-module.js'
import type { CliIo } from './io.js'

/** The process itself. What is asked and noted goes to stderr, so that stdout holds the answer alone. */
export function createProcessIo(): CliIo {
  const { stdin, stderr } = process
  const write = process.stdout.write.bind(process.stdout)
  const streams = { input: stdin, output: stderr }
  const answered = (answer: Awaited<ReturnType<typeof text>>): string | undefined =>
    isCancel(answer) ? undefined : answer
  return {
    env: process.env,
    cwd: () => process.cwd(),
    chdir: (folder) => process.chdir(folder),
    stdout: (output) => {
      write(output)
    },
    drain: async () => {
      const { writableNeedDrain, destroyed } = process.stdout
      // A reader that has gone will not ask for more.
      if (writableNeedDrain && !destroyed)
        await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')])
    },
    stderr: (output) => {
      stderr.write(output)
    },
    colours: process.stdout.isTTY && !process.env['NO_COLOR'],
    interactive: stdin.isTTY && stderr.isTTY,
    streamStdin: () => stdin,
    readStdin: async () => decodeUtf8(await buffer(stdin)),
    prompts: {
      text: async (message) => answered(await text({ message, ...streams })),
      password: async (message) => answered(await password({ message, ...streams })),
    },
    importModule,
  }
}

/** Other bytes would all become one replacement character, and so different passwords the same. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CliError('usage', 'the standard input holds bytes that are not UTF-8', { cause })
  }
}
