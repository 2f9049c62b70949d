import type { MediaType, OpenApiDocument, Operation, Parameter, ResponseObject } from './describe-api.js'
import type { JsonSchema } from './schema.js'

/** A page that shows a document. All of it is there without scripts, which only help to find something. */
export interface ReferencePage {
  readonly html: string
  readonly style: string
  readonly script: string
}

const style = `
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 6%,transparent)}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem 1.25rem 4rem;max-width:64rem;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h2{margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
h3{font-size:1rem;margin:1rem 0 .25rem}
code,pre{font:.875em/1.5 ui-monospace,monospace}
pre{background:var(--soft);padding:.75rem;overflow-x:auto;border-radius:.375rem;margin:.5rem 0}
details{border:1px solid var(--line);border-radius:.375rem;margin:.375rem 0}
details>div{padding:0 .75rem .75rem}
summary{cursor:pointer;padding:.5rem .75rem;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
summary b{min-width:4rem;font:600 .8125rem ui-monospace,monospace}
summary span{opacity:.75}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto;overflow-wrap:normal}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-top:1px solid var(--line)}
nav ul{columns:14rem;padding-left:1.25rem}
input{font:inherit;width:100%;padding:.5rem .75rem;border:1px solid var(--line);border-radius:.375rem;background:transparent;color:inherit}
[hidden]{display:none}
`

const script = `
const search=document.querySelector('input'),all=[...document.querySelectorAll('details')];
search.parentElement.hidden=false;
search.addEventListener('input',()=>{
  const words=search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for(const one of all){const text=one.querySelector('summary').textContent.toLowerCase();one.hidden=!words.every((word)=>text.includes(word))}
  for(const part of document.querySelectorAll('section'))part.hidden=!part.querySelector('details:not([hidden])');
});
const show=()=>{const one=document.getElementById(decodeURIComponent(location.hash.slice(1)));if(one instanceof HTMLDetailsElement){one.open=true;one.scrollIntoView()}};
addEventListener('hashchange',show);show();
`

/** Writes the page. Whatever comes from definitions is data in it, never markup. */
export function referencePage(document: OpenApiDocument, documentUrl: string): ReferencePage {
  const operations = Object.entries(document.paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = document.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name))
    const shown = own.map(({ path, method, operation }) => operationHtml(document, path, method, operation))
    return `<section id="${anchor(name)}"><h2>${escapeHtml(name)}</h2>${shown.join('\n')}</section>`
  })
  const contents = document.tags.map(({ name }) => `<li><a href="#${anchor(name)}">${escapeHtml(name)}</a></li>`)
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(document.info.title)}: API reference</title><style>${style}</style></head>
<body><header><h1>${escapeHtml(document.info.title)}: API reference</h1>
${document.info.description
  .split('\n\n')
  .map((line) => `<p>${prose(line)}</p>`)
  .join('\n')}
<p>As a document: <a href="${escapeHtml(documentUrl)}">openapi.json</a></p>
<p hidden><label>Find a route<input type="search" autocomplete="off"></label></p></header>
<nav><ul>${contents.join('')}</ul></nav>
<main>${sections.join('\n')}</main>
<script>${script}</script></body></html>
`
  return { html, style, script }
}

function operationHtml(document: OpenApiDocument, path: string, method: string, operation: Operation): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation
  const parts = [
    description === undefined ? '' : `<p>${prose(description)}</p>`,
    parameters.length === 0 ? '' : `<h3>Parameters</h3>${table(parameters.map(parameterRow))}`,
    ...Object.entries(requestBody?.content ?? {}).map(
      ([type, media]) => `<h3>Body</h3>${mediaHtml(document, type, media)}`,
    ),
    '<h3>Answers</h3>',
    table(
      Object.entries(responses).map(([status, response]) => [
        `<code>${escapeHtml(status)}</code>`,
        responseHtml(document, '$ref' in response ? resolveResponse(document, response.$ref) : response),
      ]),
    ),
  ]
  return `<details id="${escapeHtml(operationId)}"><summary><b>${escapeHtml(method.toUpperCase())}</b><code>${escapeHtml(path)}</code><span>${escapeHtml(summary)}</span></summary><div>${parts.join('')}</div></details>`
}

const resolveResponse = ({ components }: OpenApiDocument, reference: string): ResponseObject =>
  components.responses[reference.replace(/^.*\//, '')] ?? { description: '' }

function parameterRow({ name, in: where, description = '', schema }: Parameter): readonly string[] {
  return [`<code>${escapeHtml(name)}</code>`, escapeHtml(where), escapeHtml(typeOf(schema)), prose(description)]
}

function responseHtml(document: OpenApiDocument, { description, content = {} }: ResponseObject): string {
  const parts = Object.entries(content).map(([type, media]) => {
    if (media.examples === undefined) return mediaHtml(document, type, media)
    return `: ${Object.keys(media.examples)
      .map((code) => `<code>${escapeHtml(code)}</code>`)
      .join(', ')}`
  })
  return `${escapeHtml(description)}${parts.join('')}`
}

function mediaHtml(document: OpenApiDocument, type: string, { schema, example }: MediaType): string {
  const shown = schema.oneOf?.[0] ?? schema
  const { properties = {}, required = [] } = resolve(document, shown.items ?? shown)
  const rows = Object.entries(properties).map(([name, property]) => [
    `<code>${escapeHtml(name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}`,
    escapeHtml(typeOf(property)),
    prose(property.description ?? ''),
  ])
  const what = shown.type === 'array' ? 'a list of' : ''
  return [
    ` <small>${escapeHtml([type, what].filter(Boolean).join(', '))}</small>`,
    rows.length === 0 ? '' : table(rows),
    example === undefined ? '' : `<pre>${escapeHtml(JSON.stringify(example, null, 2))}</pre>`,
  ].join('')
}

const resolve = ({ components }: OpenApiDocument, schema: JsonSchema): JsonSchema =>
  schema.$ref === undefined ? schema : (components.schemas[schema.$ref.replace(/^.*\//, '')] ?? {})

/** A type in a few words. */
function typeOf({ $ref, type, enum: values, const: value, format, items, anyOf, oneOf }: JsonSchema): string {
  if ($ref !== undefined) return $ref.replace(/^.*\//, '')
  if (value !== undefined) return JSON.stringify(value)
  if (values !== undefined) return values.map((each) => JSON.stringify(each)).join(' | ')
  const several = anyOf ?? oneOf
  if (several !== undefined) return several.map(typeOf).join(' | ')
  if (type === 'array') return `${typeOf(items ?? {})}[]`
  const named = [type ?? 'any'].flat().join(' | ')
  return format === undefined ? named : `${named} (${format})`
}

const table = (rows: readonly (readonly string[])[]): string =>
  `<table>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`

/** A sentence in which code stands between backticks. */
const prose = (text: string): string => escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')

const anchor = (name: string): string => escapeHtml(`part-${name.toLowerCase().replaceAll(' ', '-')}`)

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
