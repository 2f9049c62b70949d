import type { Facts } from '../environment/facts.ts'
import { explanationOf } from '../parts/misses.ts'
import { type BudgetLine, budgetLineNames, budgetLines } from './budget-lines.ts'
import type { KeptPart } from './kept-results.ts'
import type { Row, Verdict } from './part.ts'
import { format } from './rows.ts'

interface Judged {
  readonly part: string
  readonly verdict: Verdict
}

/** Renders `docs/benchmarks.md`. Every figure in it comes from the results. */
export function renderPage(parts: readonly KeptPart[]): string {
  const judged = parts.flatMap(({ result }) => result.verdicts.map((verdict) => ({ part: result.name, verdict })))
  return [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench -- --write-docs` from packages/bench/results.json. Do not edit. -->',
    '',
    ...intro,
    ...summary(judged),
    '## Budgets',
    '',
    ...budgetLineNames.flatMap((line) => renderLine(line, judged)),
    ...renderOthers(judged),
    '## All figures',
    '',
    'The median of the rounds, the lowest and the highest, and how it stands to another line, round by round.',
    '',
    ...parts.flatMap(renderPart),
    '## Method',
    '',
    ...method,
    ...renderMachines(parts),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

const intro = [
  'What Cardea costs, beside better-auth and other libraries that people would use instead: on the same machine, in the same run,',
  'on the same database, with equal work. `npm run bench` measures all of it again; [its page](../packages/bench/README.md) says what',
  'is equal, and what only looks so.',
  '',
]

function summary(judged: readonly Judged[]): readonly string[] {
  const lines = judged.filter(({ verdict }) => verdict.line !== undefined)
  const met = lines.filter(({ verdict }) => verdict.met === true).length
  return [`**${met} of ${lines.length} budgets are met.** Whatever is missed is told below, with the reason.`, '']
}

function renderLine(line: BudgetLine, judged: readonly Judged[]): readonly string[] {
  const own = judged.filter(({ verdict }) => verdict.line === line)
  const table = own.length === 0 ? ['Not measured yet.', ''] : [...renderVerdicts(own), ...renderMisses(own)]
  const { title, asks } = budgetLines[line]
  return [`### ${title}`, '', asks, '', ...table]
}

function renderVerdicts(judged: readonly Judged[]): readonly string[] {
  const rows = judged.map(({ verdict: { budget, measured, met } }) => [cell(budget), cell(measured), wordOf(met)])
  return [...renderTable(['budget', 'measured', ''], rows), '']
}

const wordOf = (met: boolean | undefined): string => (met === undefined ? 'not judged' : met ? 'pass' : '**miss**')

/** Each reason once, with the budgets that it is the reason for. */
function renderMisses(judged: readonly Judged[]): readonly string[] {
  const reasons = new Map<string, string[]>()
  for (const { part, verdict } of judged) {
    if (verdict.met !== false) continue
    const reason = explanationOf(part, verdict.budget)
    if (reason === undefined) throw new Error(`src/parts/misses.ts does not say why "${verdict.budget}" is missed`)
    reasons.set(reason, [...(reasons.get(reason) ?? []), verdict.budget])
  }
  const lines = [...reasons].map(([reason, budgets]) => `* ${budgets.map(cell).join('; ')}: ${reason}`)
  return lines.length === 0 ? [] : [...lines, '']
}

function renderOthers(judged: readonly Judged[]): readonly string[] {
  const others = judged.filter(({ verdict }) => verdict.line === undefined)
  if (others.length === 0) return []
  return ['### Beside those', '', ...renderVerdicts(others), ...renderMisses(others)]
}

function renderPart({ facts, result: { name, title, rows, notes } }: KeptPart): readonly string[] {
  const cells = rows.map((row) => [
    cell(row.name),
    `${format(row.value.median)} ${row.unit}`.trim(),
    spread(row),
    relation(row),
  ])
  return [
    `### ${title}`,
    '',
    `\`npm run bench -- --only ${name}\`, ${facts.date.slice(0, 10)}, load average ${facts.loadAtStart.toFixed(2)} at the start`,
    '',
    ...renderTable(['', 'median', 'lowest to highest', 'relation'], cells),
    '',
    ...notes.map((note) => `* ${cell(note)}`),
    '',
  ]
}

const spread = ({ value }: Row): string =>
  value.rounds > 1 ? `${format(value.lowest)} to ${format(value.highest)}` : ''

const relation = ({ relation: related }: Row): string =>
  related === undefined ? '' : cell(`${format(related.value.median)} × ${related.to}`)

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)]
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

const method = [
  '* It is what a user installs that is measured: the built packages, in production mode, without types or tests.',
  '* Contenders take turns (A, B, C, then C, B, A) after a turn that does not count, so that whatever slows the machine down meets',
  '  all of them. A relation is the median of what the rounds give when they are divided one by one; a budget is compared with it.',
  '* Every operation checks its own answer, and before each part what must be refused is refused by both sides.',
  '* Databases of both libraries lie side by side, with the same pragmas and gathered statistics; only the part about growth uses more',
  '  than 10,000 users and 50,000 sessions. 1,000 sessions are used in turn.',
  '* Over HTTP, each server is a process of its own. Load comes from another one, over 16 kept connections that have one request each',
  '  under way. It never sleeps: waking up whoever sleeps costs the server time, and only where the server is the slower of the two.',
  '* Passwords are hashed by Argon2id with the same parameters on both sides; better-auth’s default stands beside.',
  '',
]

function renderMachines(parts: readonly KeptPart[]): readonly string[] {
  const machines = new Set(parts.map(({ facts }) => machineOf(facts)))
  return ['### Machine', '', ...[...machines].map((machine) => `* ${machine}`), '']
}

function machineOf({
  cpu,
  cores,
  memoryGibibytes,
  platform,
  node,
  sqlite,
  databases,
  loadTool,
  versions,
}: Facts): string {
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const servers = databases.length === 0 ? '' : `, ${databases.join(', ')}`
  return `${cpu}, ${cores} cores, ${memoryGibibytes} GiB; ${platform}; Node ${node.slice(1)}, SQLite ${sqlite ?? 'unknown'}${servers}; HTTP load by ${loadTool}; ${libraries.join(', ')}`
}
