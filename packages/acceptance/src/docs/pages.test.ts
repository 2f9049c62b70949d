import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, proseOf, root, textOfPage } from './pages.js'

interface SidebarItem {
  readonly text: string
  readonly link?: string
  readonly items?: readonly SidebarItem[]
}

const sidebar = JSON.parse(readFileSync(join(root, 'docs/.vitepress/sidebar.json'), 'utf8')) as readonly SidebarItem[]
const linksOf = ({ link, items = [] }: SidebarItem): readonly string[] => [
  ...(link === undefined ? [] : [link]),
  ...items.flatMap(linksOf),
]
const listed = sidebar.flatMap(linksOf)

/** The site has a page for each of these but the first, which leads to all others, and a form to be filled in. */
const published = pages
  .filter((page) => page.startsWith('docs/'))
  .map((page) => page.slice('docs'.length, -'.md'.length))
  .filter((link) => link !== '/index' && link !== '/decisions/000-template')

/** As GitHub makes them, and the site by its configuration. */
const slugOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-')

/** What a link to a page may name after `#`. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slugOf(heading))
  const named = [...textOfPage(page).matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)
  return new Set([...headings, ...named])
}

/** Why a link of a page leads nowhere; undefined where it leads somewhere. */
function whyDead(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path))
  if (!existsSync(join(root, file))) return `${page}: ${target} is not there`
  if (anchor === undefined) return undefined
  if (statSync(join(root, file)).isDirectory()) return `${page}: ${target} is a folder, which has no headings`
  return anchorsOf(file).has(anchor) ? undefined : `${page}: ${target} is no heading`
}

/** Links within this repository, as pages write them. */
const targetsIn = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(\w+:|\/)/.test(target))

describe('the pages of the documentation', () => {
  it('are all in the sidebar, each once', () => {
    expect(listed.filter((link) => published.includes(link)).toSorted()).toEqual(published.toSorted())
  })

  it('are all that the sidebar leads to', () => {
    expect(listed.filter((link) => !published.includes(link))).toEqual([])
  })

  it.each(pages)('%s links to what is there', (page) => {
    expect(targetsIn(page).flatMap((target) => whyDead(page, target) ?? [])).toEqual([])
  })

  it('begin with a README that is read at one sitting', () => {
    expect(textOfPage('README.md').split('\n').length).toBeLessThanOrEqual(151)
  })

  it('would see a link that leads nowhere', () => {
    expect(whyDead('docs/mail.md', 'male.md')).toBeDefined()
    expect(whyDead('docs/mail.md', 'mfa.md#singing-in')).toBeDefined()
    expect(whyDead('docs/mail.md', '#kinds-and-what-templates-are-told')).toBeUndefined()
    expect(whyDead('docs/mail.md', 'errors.md#conflict')).toBeUndefined()
  })
})
