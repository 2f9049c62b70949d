import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { linkToRepository, repository } from './repository-links.ts'
import sidebar from './sidebar.json' with { type: 'json' }

const pages = join(import.meta.dirname, '..')
const isThere = ({ link }: DefaultTheme.SidebarItem): boolean => existsSync(join(pages, `${link}.md`))

/** Headings get the ids that GitHub gives them, so that links to them work in both places. */
const slugify = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .replaceAll(' ', '-')

export default defineConfig({
  title: 'Cardea',
  description: 'Authentication and role-based access control that you embed into your TypeScript app',
  base: process.env['DOCS_BASE'] ?? '/',
  srcExclude: ['decisions/000-template.md'],
  cacheDir: '../node_modules/.cache/vitepress',
  cleanUrls: true,
  markdown: { anchor: { slugify }, config: linkToRepository },
  // Nothing is loaded from elsewhere: fonts are those of the system, and the search runs in the page.
  themeConfig: {
    nav: [
      { text: 'Start', link: '/hono' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Security', link: '/security-model' },
    ],
    // A framework's quick start comes with its adapter.
    sidebar: sidebar.map((group) => ({ ...group, items: group.items.filter(isThere) })),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path` },
  },
})
