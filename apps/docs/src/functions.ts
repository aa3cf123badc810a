/** A page for each function of the expression language, made from the catalogue, and their index. */
import { checkExpression, FUNCTIONS, type FunctionEntry, type Signature } from '@belay/expressions'
import { code, codeBlock, escapeHtml, table } from './html.ts'
import { heading, linkTo, type Page } from './page.ts'

const INDEX = 'reference/functions.html'

const CATEGORIES: Readonly<Record<FunctionEntry['category'], string>> = {
  conditional: 'Choices and NULL',
  number: 'Numbers',
  text: 'Text',
  regex: 'Patterns of text',
  time: 'Time',
  json: 'JSON',
  array: 'Arrays',
  hash: 'Hashes',
}

function pathOf(entry: FunctionEntry): string {
  return `reference/functions/${entry.name.toLowerCase().replaceAll('_', '-')}.html`
}

export function functionPages(): Page[] {
  return [index(), ...FUNCTIONS.map(functionPage)]
}

function index(): Page {
  const sections = (Object.keys(CATEGORIES) as FunctionEntry['category'][]).map((category) => {
    const rows = FUNCTIONS.filter((entry) => entry.category === category).map((entry) => [
      [`<a href="${linkTo(INDEX, pathOf(entry))}">${code(entry.name)}</a>`, ...entry.aliases.map(code)].join(', '),
      escapeHtml(entry.doc),
      `${code(entry.example.expression)} → ${code(JSON.stringify(entry.example.result))}`,
    ])
    return `${heading(2, CATEGORIES[category])}${table(['Function', 'What it gives', 'Example'], rows, CATEGORIES[category])}`
  })
  return {
    path: INDEX,
    title: 'Functions',
    group: 'Reference',
    listed: true,
    within: INDEX,
    description: `All ${FUNCTIONS.length} functions of the expression language, each with an example.`,
    keywords: [],
    body: `${heading(1, 'Functions')}<p>Made from the catalogue that the engine computes with; each example is computed by a test. How expressions work is in the <a href="${linkTo(INDEX, 'guide.html')}#expressions">guide</a>.</p>\n${sections.join('')}`,
  }
}

function signatureText(name: string, { parameters, variadic, returns }: Signature): string {
  const given = `${parameters.join(', ')}${variadic ? ', …' : ''}`
  return `${name}(${given})${typeof returns === 'string' ? ` → ${returns}` : ''}`
}

function functionPage(entry: FunctionEntry): Page {
  const path = pathOf(entry)
  const { name, aliases, category, signatures, doc, example } = entry
  const checked = checkExpression(example.expression, [])
  const type = checked.ok ? `, ${code(String(checked.expression.tree.type))}` : ''
  const like = FUNCTIONS.filter((other) => other.category === category && other !== entry)
  const body = [
    `<p class="above"><a href="${linkTo(path, INDEX)}">Functions</a> · ${CATEGORIES[category]}</p>\n`,
    heading(1, name),
    `<p class="summary">${escapeHtml(doc)}</p>\n`,
    aliases.length === 0 ? '' : `<p>Also written ${aliases.map(code).join(', ')}.</p>\n`,
    codeBlock(signatures.map((signature) => signatureText(name, signature)).join('\n'), 'signature'),
    `<p>${entry.evaluation.kind === 'strict' ? 'NULL if an argument is NULL.' : 'It looks at NULLs itself.'}${entry.mayReturnNull && entry.evaluation.kind === 'strict' ? ' It can be NULL for other values too.' : ''}</p>\n`,
    heading(2, 'Example'),
    codeBlock(example.expression, 'sql'),
    `<p>gives ${code(JSON.stringify(example.result))}${type}</p>\n`,
    heading(2, 'In Flink SQL'),
    `<p>${flinkText(entry)}</p>\n`,
    heading(2, 'Others of its kind'),
    `<p>${like.map((other) => `<a href="${linkTo(path, pathOf(other))}">${code(other.name)}</a>`).join(' ')}</p>\n`,
  ]
  return { path, title: name, group: 'Reference', listed: false, within: INDEX, description: doc, keywords: aliases, body: body.join('') }
}

function flinkText({ flink, signatures }: FunctionEntry): string {
  switch (flink.kind) {
    case 'none':
      return `There is none: ${escapeHtml(flink.reason)}`
    case 'sql':
    case 'differs': {
      const args = signatures[0].parameters.map((_, i) => String.fromCodePoint(97 + i))
      return `${code(flink.print(args))}${flink.kind === 'differs' ? `; differs: ${escapeHtml(flink.note)}` : ''}`
    }
  }
}
