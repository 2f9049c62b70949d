import { isCardeaError } from '@cardea/core'
import { CliError, type ExitCode } from '../cli-error.js'
import type { Instance } from '../config/instance.js'
import { type InstanceOptions, withInstance } from '../config/with-instance.js'
import type { CliIo } from '../io.js'
import type { Printer } from '../output/printer.js'
import { cancelled, type PasswordOptions, readPassword } from './read-password.js'

export interface CreateAdminOptions extends InstanceOptions, PasswordOptions {
  readonly email?: string | undefined
  readonly username?: string | undefined
  readonly name?: string | undefined
  readonly data?: string | undefined
  readonly additional?: boolean | undefined
  /** Refused: whatever stands on the command line is in the list of processes. */
  readonly password?: string | boolean | undefined
}

/** Makes an admin: the first, or with `--additional` another one. */
export async function createAdmin(io: CliIo, printer: Printer, options: CreateAdminOptions): Promise<ExitCode> {
  if (options.password !== undefined) {
    throw new CliError(
      'usage',
      '--password: an argument is seen by every user of the machine, in the list of processes, and stays in the history of the shell. Leave it out to be asked, or use --password-stdin or CARDEA_ADMIN_PASSWORD',
    )
  }
  const further = parseData(options.data)
  const email = options.email ?? (await askEmail(io))
  const id = await withInstance(io, options, async ({ auth }) => {
    // Before the password is asked for. The transaction asks again.
    if (options.additional !== true && (await auth.permissions.hasAdmin())) throw adminExists()
    const { username, name } = options
    const account = {
      ...further,
      email,
      ...(username === undefined ? {} : { username }),
      ...(name === undefined ? {} : { name }),
      password: await readPassword(io, options),
    }
    return await create(auth, account, options.additional === true)
  })
  if (printer.json) printer.data({ id })
  else printer.line(`Made the admin ${email}, id ${id}.`)
  return 0
}

async function create(
  auth: Instance,
  account: Readonly<Record<string, unknown>>,
  additional: boolean,
): Promise<string> {
  try {
    const { id } = additional ? await auth.createAdmin(account) : await auth.createFirstAdmin(account)
    return id
  } catch (error) {
    // Of two at once, one comes too late.
    if (!additional && isCardeaError(error, 'conflict') && (await auth.permissions.hasAdmin())) throw adminExists()
    if (isCardeaError(error, 'email_taken')) {
      const message = `${error.message}: give that account the role in code, with auth.permissions.assign(id, 'admin')`
      throw new CliError('email_taken', message, { cause: error })
    }
    throw error
  }
}

const adminExists = (): CliError =>
  new CliError('conflict', 'there is an admin already: add --additional to make another one')

/** @throws CliError `usage` for anything but an object of further fields. */
function parseData(data: string | undefined): Readonly<Record<string, unknown>> {
  if (data === undefined) return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(data)
  } catch {
    parsed = undefined
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new CliError('usage', `--data must be a JSON object of further fields, such as '{"company":"Acme"}'`)
  }
  if ('password' in parsed) throw new CliError('usage', '--data must not hold the password: it would be seen by others')
  // An object that JSON.parse made.
  return parsed as Readonly<Record<string, unknown>>
}

async function askEmail({ interactive, prompts }: CliIo): Promise<string> {
  if (!interactive) throw new CliError('usage', '--email is required')
  const email = await prompts.text('E-mail')
  if (email === undefined) throw cancelled()
  return email
}
