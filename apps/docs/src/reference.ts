/** Reference pages made from the server's own tables: its commands, its HTTP interface, its problems. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMANDS } from '@belay/server/commands'
import { PROBLEMS } from '@belay/server/problems'
import { code, codeBlock, escapeHtml, table } from './html.ts'
import { heading, type Page } from './page.ts'

function listed(path: string, title: string, description: string, body: string): Page {
  return { path, title, group: 'Reference', listed: true, within: path, description, keywords: [], body }
}

export function commandsPage(): Page {
  const sections = COMMANDS.map((command) => {
    const options = Object.entries(command.options).map(([name, { short, value, help }]) => [
      `${short === undefined ? '' : `${code(`-${short}`)}, `}${code(`--${name}${value === undefined ? '' : ` ${value}`}`)}`,
      escapeHtml(help),
    ])
    return [
      heading(2, `belay ${command.name}`),
      `<p>${escapeHtml(command.summary)}</p>\n`,
      codeBlock(`belay ${command.usage}`, 'usage'),
      options.length === 0 ? '' : table(['Option', ''], options, `Options of belay ${command.name}`),
      codeBlock(command.examples.join('\n'), 'sh'),
    ].join('')
  })
  return listed(
    'reference/commands.html',
    'Commands',
    'Every command of belay, with its options and examples.',
    `${heading(1, 'Commands')}<p>Where this package is installed they are called as ${code('npx belay COMMAND')}. ${code('--json')} gives machine output everywhere. Exit codes: 0 done, 1 failed, 2 invalid input, 3 needs a decision, 130 interrupted.</p>\n${sections.join('')}`,
  )
}

export function problemsPage(): Page {
  const rows = Object.entries(PROBLEMS).map(([name, { status, title }]) => [
    `<a id="${name.toLowerCase().replaceAll('_', '-')}"></a>${code(name)}`,
    String(status),
    escapeHtml(title),
  ])
  return listed(
    'reference/problems.html',
    'Problem codes',
    'Codes that answers of HTTP and of the command line carry when something is not done.',
    `${heading(1, 'Problem codes')}<p>Answers follow RFC 9457: ${code('type')}, ${code('title')}, ${code('status')}, ${code('detail')} (what happened, and what to do next) and a stable ${code('code')}. Programs look at the code, people at the words.</p>\n${table(['Code', 'HTTP status', 'Title'], rows, 'Problem codes')}`,
  )
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
  }[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: BodySchema }>> }
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}

interface BodySchema {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>
}

export function apiPage(root: string): Page {
  const { paths } = JSON.parse(readFileSync(join(root, 'apps/server/openapi.json'), 'utf8')) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }
  const groups = new Map<string, string[]>()
  for (const [path, operations] of Object.entries(paths)) {
    const group = path.split('/')[2]
    const sections = groups.get(group) ?? []
    groups.set(group, sections)
    for (const [method, operation] of Object.entries(operations)) sections.push(operationHtml(method, path, operation))
  }
  const body = [...groups].map(([group, sections]) => `${heading(2, group)}${sections.join('')}`)
  return listed(
    'reference/api.html',
    'HTTP interface',
    'Every route of the server.',
    `${heading(1, 'HTTP interface')}<p>The whole description with all schemas (OpenAPI 3.1) is at <a href="/api/openapi.json">/api/openapi.json</a>. Commands are accepted; what comes of them are events. Writes to pipelines name the version that was read in ${code('If-Match')}; commands may carry a ${code('commandId')}, and the same one again has the first answer again. Programs send a token as ${code('Authorization: Bearer')}.</p>\n${body.join('')}`,
  )
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const inputs = [
    ...(operation.parameters ?? []).map((parameter) => [
      code(parameter.name),
      parameter.in,
      parameter.required === true ? 'yes' : '',
      escapeHtml(parameter.description ?? ''),
    ]),
    ...Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
      Object.entries(schema?.properties ?? {}).map(([name, { description }]) => [
        code(name),
        'body',
        schema?.required?.includes(name) === true ? 'yes' : '',
        escapeHtml(description ?? ''),
      ]),
    ),
  ]
  const answers = Object.entries(operation.responses ?? {}).map(([status, { description }]) => `${status} ${escapeHtml(description ?? '')}`)
  return [
    `<h3 id="${escapeHtml(operation.operationId ?? `${method}-${path}`)}"><a class="anchor" href="#${escapeHtml(operation.operationId ?? `${method}-${path}`)}">${code(`${method.toUpperCase()} ${path}`)}</a></h3>\n`,
    `<p>${escapeHtml(operation.summary ?? '')}.${operation.description === undefined ? '' : ` ${escapeHtml(operation.description)}`}</p>\n`,
    inputs.length === 0 ? '' : table(['Name', 'In', 'Needed', ''], inputs, `What ${method} ${path} takes`),
    `<p class="answers">${answers.join(' · ')}</p>\n`,
  ].join('')
}
