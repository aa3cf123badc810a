/** `belay operator new` and `check`: operators of one's own, as folders. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifests } from '@belay/operators/manifests'
import { linkInstallation, loadOperators } from '../operators/ownOperators.ts'
import { defineCommand, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'

const TYPE = /^[a-z][a-z0-9-]{0,63}$/
/** The example that new ones begin as. */
const TEMPLATE = 'mask'
const TEMPLATES = fileURLToPath(new URL('../../../../examples/operators/', import.meta.url))

export const operatorCommand: Command = defineCommand({
  name: 'operator',
  summary: "operators of one's own: begin one, check all of a folder",
  usage: 'operator new NAME [--dir DIR] | operator check [--dir DIR]',
  examples: ['belay operator new shout --dir operators', 'belay operator check --dir operators'],
  options: { ...JSON_OPTION, dir: { type: 'string', value: 'DIR', help: 'the folder with all of them; ./operators by default' } },
  async run(values, [verb, name, ...rest]) {
    const folder = values.dir ?? 'operators'
    if (verb === 'check' && name === undefined) {
      const own = await loadOperators(folder)
      const found = own.map(({ manifest: { type, title }, manifestPath }) => ({ type, title, manifest: manifestPath }))
      process.stdout.write(
        values.json === true
          ? `${JSON.stringify({ operators: found })}\n`
          : found.length === 0
            ? `${folder} has no operators yet\n`
            : found.map(({ type, title }) => `${type.padEnd(24)} ${title}\n`).join(''),
      )
      return EXIT.done
    }
    if (verb !== 'new' || name === undefined || rest.length > 0) {
      process.stderr.write(`belay ${operatorCommand.usage}\n`)
      return EXIT.invalid
    }
    const refused = refusal(folder, name)
    if (refused !== null) {
      process.stderr.write(`${refused}\n`)
      return EXIT.invalid
    }
    scaffold(folder, name)
    const path = join(folder, name)
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify({ folder: path })}\n`
        : `${path} is there. Next:\n  npm test --prefix ${path}\n  belay start --operators ${folder}\n`,
    )
    return EXIT.done
  },
})

function refusal(folder: string, name: string): string | null {
  if (!TYPE.test(name)) return `${name} is no name for an operator: small letters, digits and dashes, a letter first.`
  if (Object.hasOwn(manifests, name)) return `Belay has an operator ${name} already. Choose another name: pipelines name operators by it.`
  if (existsSync(join(folder, name))) return `${join(folder, name)} is there already. Choose another name, or go on with it.`
  return null
}

function scaffold(folder: string, name: string): void {
  const path = join(folder, name)
  mkdirSync(folder, { recursive: true })
  cpSync(join(TEMPLATES, TEMPLATE), path, { recursive: true })
  const title = name.split('-').join(' ')
  const capital = `${title.charAt(0).toUpperCase()}${title.slice(1)}`
  const className = name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
  for (const file of readdirSync(path)) {
    const text = readFileSync(join(path, file), 'utf8')
      .replaceAll(`"name": "${TEMPLATE}"`, () => `"name": "${name}"`)
      .replaceAll(`type: '${TEMPLATE}'`, () => `type: '${name}'`)
      .replaceAll("title: 'Mask'", () => `title: '${capital}'`)
      .replaceAll(/\bclass Mask\b/g, () => `class ${className}`)
      .replaceAll(/\bnew Mask\b/g, () => `new ${className}`)
    writeFileSync(join(path, file), text)
  }
  linkInstallation(folder)
}
