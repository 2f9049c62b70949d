import { posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

export const repository = 'https://github.com/cardea-auth/cardea'

/** Pages link to code as files lie, so that links work on GitHub, too. On the site, those that lead out of docs lead there. */
export function linkToRepository(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push(
    'repository-links',
    ({ tokens, env }: { tokens: Token[]; env: { relativePath: string } }) => {
      for (const token of tokens.flatMap(({ children }) => children ?? [])) {
        const target = token.attrGet('href')
        if (target === null || /^(\w+:|#|\/)/.test(target)) continue
        const file = posix.join('docs', posix.dirname(env.relativePath), target)
        if (!file.startsWith('docs/')) token.attrSet('href', `${repository}/blob/main/${file}`)
      }
    },
  )
}

/** What is used of a token of markdown-it. */
interface Token {
  readonly children: readonly Token[] | null
  attrGet(name: string): string | null
  attrSet(name: string, value: string): void
}
