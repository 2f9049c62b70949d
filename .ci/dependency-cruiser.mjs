// Holds the picture of the packages in docs and CONTRIBUTING.md: who may import whom, inside the workspace and outside.
import { existsSync, readdirSync } from 'node:fs'

/** The packages in order, and those each may import. A new package needs a line here. */
const layers = {
  core: [],
  storage: ['core'],
  kysely: ['core', 'storage'],
  identity: ['core', 'storage'],
  sessions: ['core', 'storage'],
  permissions: ['core', 'storage'],
  collections: ['core', 'storage', 'permissions'],
  cardea: ['core', 'storage', 'identity', 'sessions', 'permissions', 'collections'],
  http: ['core', 'cardea'],
  hono: ['http', 'cardea'],
  express: ['http', 'cardea'],
  next: ['http', 'cardea'],
  client: ['core', 'permissions', 'http'],
  redis: ['core'],
  testing: ['core', 'storage', 'cardea'],
  cli: ['core', 'storage', 'kysely', 'cardea'],
}

/** Storage adapters, which the tests of any package above storage may run on. */
const adapters = ['kysely']

/** What apps test with, which the tests of packages above it use, too. */
const testTools = {
  http: ['testing'],
  hono: ['testing'],
  express: ['testing'],
  next: ['testing'],
  client: ['testing', 'hono'],
}

/** Private packages that look at the whole from outside, and may import anything. */
const outside = ['acceptance', 'bench']

/** What examples may import: the packages that users are told of. */
const forUsers = ['cardea', 'kysely', 'http', 'hono', 'express', 'next', 'redis', 'client']

/** Libraries that are the matter of some places alone. */
const libraries = [
  {
    name: 'zod',
    places: ['packages/core/src/options/', 'packages/collections/', 'packages/cardea/', 'packages/http/'],
  },
  { name: 'hono', places: ['packages/http/', 'packages/hono/', 'examples/'] },
  { name: '@hono/node-server', places: ['examples/'] },
  { name: 'express', places: ['packages/express/', 'examples/'] },
  { name: 'next', places: ['packages/next/', 'examples/next/'] },
  { name: 'kysely', places: ['packages/kysely/', 'examples/'] },
  { name: 'pg', places: ['packages/kysely/', 'examples/'] },
  { name: 'mysql2', places: ['packages/kysely/', 'examples/'] },
  { name: 'commander', places: ['packages/cli/'] },
  { name: '@clack/prompts', places: ['packages/cli/'] },
  { name: 'jose', places: ['packages/sessions/', 'packages/identity/src/oauth/'] },
  { name: 'arctic', places: ['packages/identity/src/oauth/'] },
  { name: 'otpauth', places: ['packages/identity/src/factor/'] },
  { name: 'uqr', places: ['packages/identity/src/factor/'] },
  { name: '@node-rs/argon2', places: ['packages/identity/'] },
  { name: '@node-rs/bcrypt', places: ['packages/identity/'] },
  { name: 'nodemailer', places: ['packages/cardea/src/mail/', 'examples/'] },
  { name: 'bowser', places: ['packages/cardea/src/mail/'] },
  { name: 'react', places: ['packages/client/src/react/', 'examples/next/src/app/'] },
  { name: 'redis', places: ['packages/redis/', 'examples/'] },
  { name: 'ioredis', places: ['packages/redis/'] },
  { name: 'vitest', places: ['packages/storage/src/testkit/'] },
  { name: 'fast-check', places: [] },
]

const unplaced = readdirSync('packages').filter(
  (name) => existsSync(`packages/${name}/package.json`) && !(name in layers) && !outside.includes(name),
)
if (unplaced.length > 0) throw new Error(`.ci/dependency-cruiser.mjs says nothing about: ${unplaced.join(', ')}`)

/** Tests, the fixtures they share, and what stands in a test folder. */
const tests = String.raw`\.(test|test-d|fixture)\.tsx?$|/test/`

const below = (name) => [...new Set(layers[name].flatMap((lower) => [lower, ...below(lower)]))]
const anyOf = (names) => `(${names.join('|')})`
const sourceOf = (names) => `^packages/${anyOf(names)}/`
const literal = (text) => text.replaceAll('.', String.raw`\.`).replaceAll('/', String.raw`\/`)

const layerRules = Object.entries(layers).flatMap(([name, allowed]) => {
  const inTests = [
    ...new Set([...below(name), ...(below(name).includes('storage') ? adapters : []), ...(testTools[name] ?? [])]),
  ]
  return [
    {
      name: `layer-of-${name}`,
      comment: `@cardea/${name} may import ${allowed.join(', ') || 'no package of this workspace'}.`,
      severity: 'error',
      from: { path: sourceOf([name]), pathNot: tests },
      to: { path: '^(packages|examples)/', pathNot: sourceOf([name, ...allowed]) },
    },
    {
      name: `layer-of-${name}-tests`,
      comment: `Tests of @cardea/${name} may import what stands below it, and storage adapters.`,
      severity: 'error',
      from: { path: `${sourceOf([name])}.*(${tests})` },
      to: { path: '^(packages|examples)/', pathNot: sourceOf([name, ...inTests]) },
    },
  ]
})

/** What loads with its first use: only modules that load then, too, may import it as they load themselves. */
const later = [
  '^packages/cardea/src/(later/operations|administration/report|doctor/|collections/(create-collection|change-|claim-change|finish-changes|fitting|remove-collection|rename-fields|review-rules|rows-in-the-way)|records/|settings/(change-settings|definition-rules|show-settings))',
  '^packages/cardea/src/(setup/(assert-secrets|check-instance|migrate-all)|services/purge-expired)',
  '^packages/cardea/src/mail/(worker|deliver|outbox|stored-texts|templates/|preparers|prepare-)',
  '^packages/cardea/src/accounts/(invitations|mfa|otp)/',
  '^packages/cardea/src/accounts/oauth/(begin|callback|connections|create-by-identity|exchange|find-or-create|in-session|transaction|write-identity)',
  '^packages/cardea/src/accounts/recovery/(address|confirm-|email-change|prepare-links|request-link)',
  '^packages/cardea/src/accounts/(api-keys|complete-sign-in|guesses|login|new-account|own-password|passwords|reauthenticate|refresh|regist|ssh-keys|take-over|update)',
  '^packages/cardea/src/(mapped|transfer|users)/',
  '^packages/collections/src/(later/|list/|record/mapped-records|definition/(change-definition|definition-of|mail-texts|parse-definition|read-sign-in-rule|rename-fields|setting-values)|rules/(check-rules|decide-rule|read-rules|references))',
  '^packages/http/src/openapi/',
  '^packages/http/src/authzen/(later|evaluate|read-question|results-page|search|world)',
  '^packages/http/src/routes/(later|authz-|collection-|invitation-|member-|mfa-|oauth-|record-|recovery-|reference-|session-|settings-|ssh-key-|token-|user-)',
  '^packages/kysely/src/(migrate/|[^/]+/([^/]+-(schema-tools|migrations|schema)|examine|inspect|plan-from-nothing))',
  '^packages/identity/src/(later/(index|operations)|factor/(attempts|backup-code|factors|qr-code|totp)|identity-link/|of-many/)',
  '^packages/identity/src/(api-key/(create|end|revoke)-|principal/forget-proofs|ssh-key/|verification/)',
  '^packages/permissions/src/(index|engine/)',
  '^packages/permissions/src/stored/(changes/|who-can)',
  '^packages/sessions/src/(keys/(change-keys|key-ring|published-keys)|session/(end-session|later|refresh-session)|token/(read-access-token|sign-access-token|signatures))',
]

/** A service that has nothing but keys verifies tokens, and loads what it takes at once. */
const verifier = '^packages/sessions/src/verify/'

const libraryRules = libraries.map(({ name, places }) => ({
  name: `place-of-${name}`,
  comment: `${name} is imported in ${places.join(', ') || 'tests'} only, so that it can be replaced there.`,
  severity: 'error',
  from: {
    pathNot: [
      ...places.map((place) => `^${literal(place)}`),
      tests,
      sourceOf(outside),
      String.raw`^[^/]+\.config\.ts$`,
    ],
  },
  to: { path: `(^|/)node_modules/(@types/)?${literal(name)}/` },
}))

export default {
  forbidden: [
    ...layerRules,
    ...libraryRules,
    {
      name: 'examples-import-what-users-do',
      comment: 'An example shows what an app can do: it imports what users are told of, by package name.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^packages/', pathNot: sourceOf(forUsers) },
    },
    {
      name: 'examples-stand-alone',
      comment: 'An example imports no other example, but what all of them share.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/' },
      to: { path: '^examples/', pathNot: '^examples/($1|shared)/' },
    },
    {
      name: 'packages-by-name',
      comment: 'Another package is imported by its name, through its exports.',
      severity: 'error',
      from: { path: '^(packages|examples)/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^$1/$2/', dependencyTypesNot: ['aliased-workspace'] },
    },
    {
      name: 'index-is-for-others',
      comment: 'An index lists what a package shows; nothing inside the package imports it.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/', pathNot: tests },
      to: {
        path: [String.raw`^packages/$1/src/index\.ts$`, String.raw`^packages/$1/src/.+/index\.ts$`],
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'core-runs-anywhere',
      comment:
        'The root of @cardea/core runs in a browser: no platform, no library, nothing of its other entry points.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: ['^packages/core/src/(crypto|network|options)/', tests] },
      to: { pathNot: '^packages/core/src/(?!crypto/|network/|options/)' },
    },
    {
      name: 'permissions-run-anywhere',
      comment: 'The engine of @cardea/permissions runs in a browser; its storage stands apart.',
      severity: 'error',
      from: { path: '^packages/permissions/src/', pathNot: ['^packages/permissions/src/stored/', tests] },
      to: {
        path: '^(packages/permissions/src/stored/|packages/core/src/(crypto|network|options)/|packages/storage/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'verify-runs-anywhere',
      comment:
        'The verifier of @cardea/sessions runs in a browser; packages/acceptance/src/bundles.test.ts looks at all it reaches.',
      severity: 'error',
      from: {
        path: '^packages/sessions/src/(verify/|token/(read-access-token|access-token-(claims|checks)|verifying-key))',
        pathNot: tests,
      },
      to: {
        path: '^packages/(core/src/(crypto|network|options)|storage)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'permissions-without-platform',
      comment: 'The engine of @cardea/permissions runs in a browser.',
      severity: 'error',
      from: { path: '^packages/permissions/src/', pathNot: ['^packages/permissions/src/stored/', tests] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'client-depends-on-nothing',
      comment:
        'The client knows the contract by its types alone. Its hooks take the engine of permissions along, which becomes part of them.',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: tests },
      to: {
        path: '^packages/',
        pathNot: ['^packages/client/', '^packages/permissions/src/(?!stored/)'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'client-without-engine',
      comment: 'Whoever uses no hooks does not load the engine of permissions.',
      severity: 'error',
      from: { path: '^packages/client/src/(?!react/)', pathNot: tests },
      to: { path: '^packages/permissions/' },
    },
    {
      name: 'loads-later',
      comment:
        'What most requests do without loads with its first use; an import of it elsewhere would load it at once.',
      severity: 'error',
      from: {
        path: sourceOf(['cardea', 'http', ...below('http'), 'kysely']),
        pathNot: [...later, verifier, tests, '/testkit/'],
      },
      to: { path: later, dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one, or need a third. Types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-tests-in-products',
      comment: 'What is published imports no test and no fixture.',
      severity: 'error',
      from: { path: '^(packages|examples)/', pathNot: [tests, sourceOf(outside)] },
      to: { path: tests, pathNot: 'node_modules' },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would slip through every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What was built here, but not what libraries call `dist`.
    exclude: {
      path: [
        String.raw`^(packages|examples)/[^/]+/(dist|coverage|\.next)/`,
        String.raw`^packages/[^/]+/next-app/\.next/`,
      ],
    },
    // Types make layers, too.
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Packages lead to each other's sources, as in the compiler and the test runner.
      conditionNames: ['@cardea/source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mts', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}
