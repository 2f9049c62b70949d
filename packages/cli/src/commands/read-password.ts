import { CliError } from '../cli-error.js'
import type { CliIo } from '../io.js'

export interface PasswordOptions {
  readonly passwordStdin?: boolean | undefined
}

/**
 * The password of a new account, by a way on which no other user of the machine sees it.
 *
 * @throws CliError `usage` where none is given and nobody can be asked, `cancelled`.
 */
export async function readPassword(io: CliIo, { passwordStdin }: PasswordOptions): Promise<string> {
  if (passwordStdin === true) {
    // The line ends where the shell ends it; spaces belong to the password.
    const password = (await io.readStdin()).replace(/\r?\n$/, '')
    if (password === '') throw new CliError('usage', '--password-stdin: the standard input is empty')
    return password
  }
  const named = io.env['CARDEA_ADMIN_PASSWORD']
  if (named !== undefined && named !== '') return named
  if (!io.interactive) {
    throw new CliError(
      'usage',
      'there is no password: set CARDEA_ADMIN_PASSWORD, or hand it over with --password-stdin, as in `pass show admin | cardea admin create … --password-stdin`',
    )
  }
  return await askTwice(io)
}

async function askTwice(io: CliIo): Promise<string> {
  for (;;) {
    const password = await io.prompts.password('Password')
    if (password === undefined) throw cancelled()
    const again = await io.prompts.password('The same once more')
    if (again === undefined) throw cancelled()
    if (password === again) return password
    io.stderr('The two are not the same.\n')
  }
}

export const cancelled = (): CliError => new CliError('cancelled', 'cancelled, nothing was changed')
