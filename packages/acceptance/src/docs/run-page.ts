import { expect } from 'vitest'
import { type Answer, type Client, textOf } from '../client.js'
import { readCommands, readCurl } from '../curl.js'
import { blocksOf } from './pages.js'

/** What stands in place of what a page prints: a variable of the shell, an id, a code, a token. */
export type Filled = Readonly<Record<string, string>>

/** What to replace in a command, made when all before it were answered. */
export type Fill = (answers: readonly Answer[]) => Filled | Promise<Filled>

/** The commands of curl on a page, in order. */
export const curlCommands = (page: string) =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => readCommands(text))
    .filter(({ text }) => text.startsWith('curl '))

/** What curl says of a body where the command does not. */
const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** The status that a remark beside a command says first. */
function statusIn(comment: string): number | undefined {
  const [, status] = /^(\d{3})\b/m.exec(comment) ?? []
  return status === undefined ? undefined : Number(status)
}

/** A command with everything in its place. All that is given has to be printed there. */
function fillIn(command: string, filled: Filled): string {
  let text = command
  for (const [printed, own] of Object.entries(filled)) {
    expect(text).toContain(printed)
    text = text.replaceAll(printed, own)
  }
  return text
}

/**
 * Runs all commands of a page in order, as they are printed, and looks at their statuses: those that the page says, else success.
 *
 * @param fills For each command; what is left out replaces nothing.
 */
export async function runPage(page: string, client: Client, fills: readonly (Fill | undefined)[]): Promise<void> {
  const answers: Answer[] = []
  const cookies = new Map<string, string>()
  for (const [index, { text, comment }] of curlCommands(page).entries()) {
    const command = fillIn(text, (await fills[index]?.(answers)) ?? {})
    expect(command, `${page}: nothing stands for this`).not.toMatch(/\$\w|…/)
    const { method, path, headers, body, jar } = readCurl(command)
    const cookie = cookies.get(jar.from ?? '')
    const sent = body === undefined ? {} : { raw: body, headers: { ...formType, ...headers } }
    const answer = await client.send(method, path, { headers, cookie, ...sent })
    const expected = statusIn(comment) ?? (answer.status < 300 ? answer.status : 200)
    expect(answer.status, `${page}: ${command}\n${textOf(answer.body)}`).toBe(expected)
    if (jar.to !== undefined && answer.cookie !== undefined) cookies.set(jar.to, answer.cookie)
    answers.push(answer)
  }
}
