/** A page for each operator, made from its manifest, and their index. */
import type { ConfigField, FlinkSupport, Guarantee, ManifestCatalogue, OperatorCategory, OperatorManifest } from '@belay/pipeline'
import type { Example } from './examples.ts'
import { code, codeBlock, escapeHtml, table } from './html.ts'
import { renderWords } from './markdown.ts'
import { heading, linkTo, type Page } from './page.ts'

const INDEX = 'reference/operators.html'

const CATEGORIES: Readonly<Record<OperatorCategory, string>> = {
  sources: 'Sources',
  transform: 'Transform',
  join: 'Join',
  window: 'Windows',
  changelog: 'Changes',
  sinks: 'Sinks',
}

function pathOf(type: string): string {
  return `reference/operators/${type}.html`
}

export function operatorPages(manifests: ManifestCatalogue, examples: readonly Example[]): Page[] {
  const all = Object.values(manifests)
    .filter(({ internal }) => internal !== true)
    .sort((a, b) => (a.title < b.title ? -1 : 1))
  return [index(all), ...all.map((manifest) => operatorPage(manifest, examples))]
}

function index(all: readonly OperatorManifest[]): Page {
  const sections = (Object.keys(CATEGORIES) as OperatorCategory[]).map((category) => {
    const rows = all
      .filter((manifest) => manifest.category === category)
      .map((manifest) => [
        `<a href="${linkTo(INDEX, pathOf(manifest.type))}">${escapeHtml(manifest.title)}</a>`,
        words(manifest.summary),
        escapeHtml(flinkWord(manifest.flink)),
      ])
    return rows.length === 0
      ? ''
      : `${heading(2, CATEGORIES[category])}${table(['Operator', 'What it does', 'Flink SQL'], rows, CATEGORIES[category])}`
  })
  return {
    path: INDEX,
    title: 'Operators',
    group: 'Reference',
    listed: true,
    within: INDEX,
    description: `All ${all.length} operators: what they do, their settings, and what holds when machines fail.`,
    keywords: [],
    body: `${heading(1, 'Operators')}<p>What the palette of the designer holds. To write one of your own, see <a href="${linkTo(INDEX, 'writing-operators.html')}">Writing operators</a>.</p>\n${sections.join('')}`,
  }
}

/** One line, without the paragraph around it. */
function words(text: string): string {
  return renderWords(text)
    .replace(/^<p>/, '')
    .replace(/<\/p>\s*$/, '')
}

function flinkWord(flink: FlinkSupport): string {
  switch (flink.support) {
    case 'yes':
      return 'yes'
    case 'no':
      return 'no'
    case 'differs':
      return 'differs'
  }
}

function flinkSentence(flink: FlinkSupport): string {
  switch (flink.support) {
    case 'yes':
      return 'Flink SQL can say the same, with an equal final table.'
    case 'no':
      return `Flink SQL cannot say it: ${flink.reason}`
    case 'differs':
      return `Flink SQL says something close: ${flink.note}`
  }
}

function operatorPage(manifest: OperatorManifest, examples: readonly Example[]): Page {
  const { type, title, category, summary, keywords, help, guarantee, flink, flinkOptions = {} } = manifest
  const path = pathOf(type)
  const body = [
    `<p class="above"><a href="${linkTo(path, INDEX)}">Operators</a> · ${CATEGORIES[category]} · ${code(type)}</p>\n`,
    `<h1><svg class="icon" viewBox="0 0 16 16" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><path d="${escapeHtml(manifest.icon)}"/></svg>${escapeHtml(title)}</h1>\n`,
    `<p class="summary">${words(summary)}.</p>\n`,
    renderWords(help),
    heading(2, 'Ports'),
    ports(manifest),
    heading(2, 'Settings'),
    settings(manifest),
    codeBlock(JSON.stringify(manifest.defaultConfig, null, 2), 'json'),
    heading(2, 'When machines fail'),
    `<p>${words(guarantee.sentence)}</p>\n`,
    failureFacts(guarantee),
    heading(2, 'Running'),
    `<ul>${runningFacts(manifest)
      .map((fact) => `<li>${fact}</li>`)
      .join('')}</ul>\n`,
    heading(2, 'In Flink SQL'),
    `<p>${words(flinkSentence(flink))}</p>\n`,
    Object.keys(flinkOptions).length === 0
      ? ''
      : table(
          ['Setting', 'There'],
          Object.entries(flinkOptions).map(([option, support]) => [code(option), words(flinkSentence(support))]),
          'Settings in Flink SQL',
        ),
    used(type, examples),
  ]
  return {
    path,
    title,
    group: 'Reference',
    listed: false,
    within: INDEX,
    description: summary,
    keywords: [type, ...keywords],
    body: body.join(''),
  }
}

function ports({ inputs, outputs }: OperatorManifest): string {
  const rows = [
    ...inputs.map((port) => [
      'in',
      code(port.name),
      escapeHtml(port.title),
      `takes ${port.accepts.join(', ')}${port.optional === true ? '; may stay unconnected' : ''}`,
    ]),
    ...outputs.map((port) => ['out', code(port.name), escapeHtml(port.title), '']),
    ['out', code('errors'), 'Bad rows', 'every operator has it'],
  ]
  return table(['', 'Port', 'Carries', ''], rows, 'Ports')
}

function settings({ form, defaultConfig }: OperatorManifest): string {
  if (form.length === 0) return '<p>It has none.</p>\n'
  const rows = form.map((field) => {
    const value = valueAt(defaultConfig, field.path)
    return [
      escapeHtml(field.label),
      code(field.path.slice(1)),
      `${controlWord(field)}${field.unit === undefined ? '' : `, in ${escapeHtml(field.unit)}`}`,
      field.help === undefined ? '' : words(field.help),
      value === undefined || typeof value === 'object' ? '' : code(JSON.stringify(value)),
    ]
  })
  return table(['Label', 'In the document', 'Is', '', 'Default'], rows, 'Settings')
}

function valueAt(config: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split('/')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
      config,
    )
}

const CONTROLS = {
  text: 'text',
  number: 'a number',
  switch: 'yes or no',
  code: 'a program',
  duration: 'a time in ms',
  file: 'a file, <code>root:path</code>',
  column: 'a column',
  columns: 'columns',
  schema: 'columns with types',
  assignments: 'names and expressions',
  conditions: 'names and conditions',
  aggregates: 'aggregates',
  ordering: 'columns and directions',
  'declared-column': 'a column declared above',
  additions: 'columns and names',
  secret: 'a secret, <code>{"secret": "name"}</code>',
  headers: 'names and values; a value is a text or a secret, <code>{"secret": "name"}</code>',
} as const satisfies Readonly<Record<Exclude<ConfigField['control']['kind'], 'choice' | 'expression'>, string>>

function controlWord({ control }: ConfigField): string {
  switch (control.kind) {
    case 'choice':
      return `one of ${control.options.map(({ value }) => code(value)).join(', ')}`
    case 'expression':
      return control.result === 'bool' ? 'a condition' : 'an expression'
    default:
      return CONTROLS[control.kind]
  }
}

function failureFacts(guarantee: Guarantee): string {
  switch (guarantee.role) {
    case 'source':
      return `<p>Replay: ${{ seek: 'it reads on from an exact place.', 'ingest-log': 'from what it has noted before passing it on.', none: 'none; what was read and not committed is gone.' }[guarantee.replay]}</p>\n`
    case 'transform':
      return ''
    case 'sink':
      return `<p>Delivery: <b>${guarantee.delivery}</b>. When one goes back to a checkpoint its output can be: ${guarantee.verbs.map(code).join(', ') || 'nothing that would have to be taken back'}.</p>\n`
  }
}

function runningFacts({ stateful, container, partitioning }: OperatorManifest): string[] {
  return [
    stateful ? 'It has a thread of its own unless told otherwise.' : 'It shares a thread with its neighbour unless told otherwise.',
    ...(container === 'io' ? ['It waits for the outside world, so it runs where waiting is allowed.'] : []),
    partitioning.kind === 'none'
      ? `One instance: ${words(partitioning.reason)}`
      : partitioning.kind === 'any'
        ? 'Any number of instances; each row goes to any of them.'
        : 'Any number of instances; rows that agree in the key go to the same one.',
  ]
}

function used(type: string, examples: readonly Example[]): string {
  const with_ = examples.filter((example) => example.types.has(type))
  if (with_.length === 0) return ''
  return `${heading(2, 'Examples that use it')}<ul>${with_.map(({ name, file }) => `<li>${escapeHtml(name)} (${code(file)})</li>`).join('')}</ul>\n`
}
