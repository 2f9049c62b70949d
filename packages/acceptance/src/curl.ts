/** What a command sends. */
export interface CurlRequest {
  readonly method: string
  /** Without the host. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** The file that cookies are sent from, and the one that they are written to. */
  readonly jar: { readonly from: string | undefined; readonly to: string | undefined }
}

/** A command as it is printed, with what its author remarks on it. */
export interface Command {
  readonly text: string
  /** What stands behind `#`, on the line of the command and on the lines that follow. */
  readonly comment: string
}

/** What comes next: quoted in one of the two ways, a comment, without quotes, a line that goes on, the end of one, space. */
const parts = /'([^']*)'|"([^"]*)"|(?<=\s|^)#([^\n]*)|((?:(?!\\\n)[^\s'"])+)|\\\n|(\n)|([^\S\n]+)/g

/** Takes a block apart into its commands, as a shell does as far as documents use it. */
export function readCommands(block: string): readonly Command[] {
  const commands: { text: string; comment: string }[] = []
  let text = ''
  for (const [part, , , comment, , newline] of `${block}\n`.matchAll(parts)) {
    if (comment === undefined && newline === undefined) text += part
    else {
      if (text.trim() !== '') commands.push({ text: text.trim(), comment: '' })
      text = ''
    }
    const last = commands.at(-1)
    if (comment !== undefined && last !== undefined) last.comment += `${comment.trim()}\n`
  }
  return commands
}

/** The words of a command. A word goes on until there is a space. */
function wordsOf(command: string): readonly string[] {
  const words: string[] = []
  let isNew = true
  for (const [, single, double, , bare] of command.matchAll(parts)) {
    const more = single ?? double ?? bare
    if (more !== undefined) words.push((isNew ? '' : (words.pop() ?? '')) + more)
    isNew = more === undefined
  }
  return words
}

/**
 * Reads a command as a shell and curl do, as far as documents use them.
 *
 * @throws Error for what they do not use.
 */
export function readCurl(command: string): CurlRequest {
  const [program, ...rest] = wordsOf(command)
  if (program !== 'curl') throw new Error('it is not curl')
  const given: Record<string, string> = {}
  const headers: Record<string, string> = {}
  let url: URL | undefined
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? ''
    if (!word.startsWith('-')) {
      url = new URL(/^https?:/.test(word) ? word : `http://${word}`)
      continue
    }
    // They show the head of the answer and leave brackets as they are, and take no value.
    if (word === '-i' || word === '-g') continue
    index += 1
    const value = rest[index] ?? ''
    if (['-X', '-d', '-b', '-c'].includes(word)) given[word] = value
    else if (word === '-H') {
      const colon = value.indexOf(':')
      headers[value.slice(0, colon)] = value.slice(colon + 1).trim()
    } else throw new Error(`an option that is not read: ${word}`)
  }
  if (url === undefined) throw new Error('there is no address')
  return {
    method: given['-X'] ?? (given['-d'] === undefined ? 'GET' : 'POST'),
    path: `${url.pathname}${url.search}`,
    headers,
    body: given['-d'],
    jar: { from: given['-b'], to: given['-c'] },
  }
}
