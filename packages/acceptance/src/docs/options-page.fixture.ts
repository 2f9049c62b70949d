import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './pages.js'

/** A part of the page: an interface of options, and where it stands. */
interface Part {
  readonly title: string
  readonly file: string
  readonly name: string
  /** What to say beside what its members say. */
  readonly about?: string
}

const parts: readonly Part[] = [
  {
    title: 'createCardea',
    file: 'packages/cardea/src/options/options.ts',
    name: 'CardeaOptions',
    about: 'What signing up and in is like, `auth`, has a page of its own: [settings](settings.md).',
  },
  {
    title: 'sessions',
    file: 'packages/cardea/src/options/options.ts',
    name: 'SessionOptions',
    about: '[Sessions](sessions.md), [cookies](cookies-and-csrf.md).',
  },
  { title: 'sessions.lifetimes', file: 'packages/cardea/src/options/options.ts', name: 'LifetimeOptions' },
  {
    title: 'sessions.accessTokens',
    file: 'packages/cardea/src/options/options.ts',
    name: 'AccessTokenOptions',
    about: '[Access tokens](tokens.md).',
  },
  {
    title: 'passwords',
    file: 'packages/cardea/src/options/options.ts',
    name: 'PasswordOptions',
    about: '[Passwords](passwords.md).',
  },
  {
    title: 'apiKeys',
    file: 'packages/cardea/src/options/options.ts',
    name: 'ApiKeyOptions',
    about: '[API keys](api-keys.md).',
  },
  { title: 'mail', file: 'packages/cardea/src/mail/options.ts', name: 'MailOptions', about: '[Mail](mail.md).' },
  {
    title: 'oauth',
    file: 'packages/cardea/src/options/oauth-options.ts',
    name: 'OAuthOptions',
    about: '[Providers](oauth.md).',
  },
  { title: 'audit', file: 'packages/cardea/src/audit/audit-log.ts', name: 'AuditOptions', about: '[Audit](audit.md).' },
  {
    title: 'ownership',
    file: 'packages/cardea/src/options/ownership.ts',
    name: 'OwnershipOption',
    about: '[What users own](users.md#what-users-own).',
  },
  {
    title: 'cardeaHono, cardeaExpress, createHandler, createGuard',
    file: 'packages/http/src/options/options.ts',
    name: 'HttpOptions',
    about: 'Give all of them the same.',
  },
  { title: 'cardeaHono', file: 'packages/hono/src/cardea-hono.ts', name: 'HonoOptions', about: 'Those above, and:' },
  {
    title: 'cardeaExpress',
    file: 'packages/express/src/cardea-express.ts',
    name: 'ExpressOptions',
    about: 'Those above, and:',
  },
  {
    title: 'rateLimits',
    file: 'packages/http/src/limits/rules.ts',
    name: 'RateLimitOptions',
    about: '[Rate limits](rate-limits.md).',
  },
  {
    title: 'Every storage',
    file: 'packages/kysely/src/storage/options.ts',
    name: 'StorageOptions',
    about: 'The second argument of `sqlite`, `postgres` and `mysql`.',
  },
  { title: 'sqlite', file: 'packages/kysely/src/sqlite/sqlite.ts', name: 'SqliteOptions', about: 'Besides:' },
  { title: 'postgres', file: 'packages/kysely/src/postgres/postgres.ts', name: 'PostgresOptions', about: 'Besides:' },
  { title: 'mysql', file: 'packages/kysely/src/mysql/mysql.ts', name: 'MysqlOptions', about: 'Besides:' },
  {
    title: 'redisRateLimits',
    file: 'packages/redis/src/limits/redis-rate-limits.ts',
    name: 'RedisRateLimitOptions',
    about: '[Redis](../packages/redis/README.md).',
  },
  {
    title: 'createClient',
    file: 'packages/client/src/create-client.ts',
    name: 'ClientOptions',
    about: '[The client](client.md).',
  },
]

/** The first lines of the page. */
const head = `<!-- Written by \`npm run docs:reference\` from what the code says of its options; a test says when it is out of date. -->
# Options

What can be said in code. A wrong option is refused when the instance is made, by its path; \`auth.ready()\` says what else production
lacks. Options without a \`?\` are needed.
`

/** A text that stands in a cell. */
const inCell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim()

function rowOf(source: ts.SourceFile, member: ts.TypeElement): string {
  const name = member.name?.getText(source) ?? ''
  const optional = member.questionToken === undefined ? '' : '?'
  const isProperty = ts.isPropertySignature(member) || ts.isMethodSignature(member)
  const type = isProperty ? (member.type?.getText(source) ?? '') : ''
  const said = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc).at(-1)?.comment
  const text = inCell(ts.getTextOfJSDocComment(said) ?? '')
  if (text === '') throw new Error(`${source.fileName} says nothing of ${name}`)
  return `| \`${name}${optional}\` | \`${inCell(type.replace(/ \| undefined$/, ''))}\` | ${text} |`
}

function partOf({ title, file, name, about }: Part): string {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
  const found = source.statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === name)
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`${file} has no interface ${name}`)
  const rows = found.members.map((member) => rowOf(source, member))
  const lines = [
    `## ${title}`,
    ...(about === undefined ? [] : ['', about]),
    '',
    '| option | type | |',
    '|---|---|---|',
    ...rows,
  ]
  return lines.join('\n')
}

/** The page as the code has it. */
export const optionsPage = (): string =>
  `${[head, ...parts.map(partOf)]
    .join('\n')
    .replaceAll('\n## ', '\n\n## ')
    .replaceAll(/\n{3,}/g, '\n\n')}\n`
