import type { OpenApiDocument, Operation } from './describe-api.js'

/**
 * The interface in short, in Markdown: for programs that read texts.
 *
 * @see https://llmstxt.org
 */
export function summaryText(document: OpenApiDocument, basePath: string): string {
  const { info, paths, tags } = document
  const operations = Object.entries(paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name))
    const lines = own.map(
      ({ path, method, operation }) => `- \`${method.toUpperCase()} ${path}\`: ${aboutOf(operation)}`,
    )
    return `## ${name}\n\n${lines.join('\n')}`
  })
  return [
    `# ${info.title}`,
    '> Accounts, sessions, roles and permissions over HTTP.',
    info.description,
    [
      `- [OpenAPI 3.1](${basePath}/openapi.json): every route with bodies, answers, errors and examples`,
      `- [API reference](${basePath}/docs): the same as a page`,
    ].join('\n'),
    ...sections,
    '',
  ].join('\n\n')
}

function aboutOf({ summary, description, requestBody }: Operation): string {
  const { properties = {}, required = [] } = Object.values(requestBody?.content ?? {})[0]?.schema ?? {}
  const fields = Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`))
  const body = fields.length === 0 ? '' : ` Body: ${fields.join(', ')}.`
  return `${summary}.${description === undefined ? '' : ` ${description}`}${body}`
}
