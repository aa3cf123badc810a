/**
 * Source text to functions: compiled once, in the container's own thread and global scope, in strict
 * mode. Scripts are trusted like whoever may edit the pipeline (docs/security.md); nothing here keeps
 * one from doing harm.
 *
 * Lines of errors are the lines of the text as it was written: whatever is put before it stays on its
 * first line.
 */
import { compileFunction } from 'node:vm'
import { EngineError } from '@belay/engine/operator'

export interface Script {
  readonly onRow: (row: object, ctx: object) => unknown
  /** null = the script has none. */
  readonly onTimer: ((timer: object, ctx: object) => unknown) | null
}

const STRICT = "'use strict';"
const IDENTIFIER = '[A-Za-z_$][A-Za-z0-9_$]*'
const EXPORT = /^[ \t]*export\b/m
const DEFAULT_FUNCTION = new RegExp(
  `^([ \\t]*)export[ \\t]+default[ \\t]+((?:async[ \\t]+)?function[ \\t]*\\*?[ \\t]*(${IDENTIFIER}))`,
  'm',
)
const DEFAULT = /^([ \t]*)export[ \t]+default\b/m
const FUNCTION = new RegExp(`^([ \\t]*)export[ \\t]+((?:async[ \\t]+)?function[ \\t]*\\*?[ \\t]*(${IDENTIFIER}))`, 'gm')
const VARIABLE = new RegExp(`^([ \\t]*)export[ \\t]+(const|let|var)[ \\t]+(${IDENTIFIER})[ \\t]*=`, 'gm')

/** The name under which a script's lines stand in a stack. */
function scriptFile(operator: string): string {
  return `script:${operator}`
}

/** Throws EngineError SCRIPT_… with the line. */
export function compileScript(code: string, operator: string): Script {
  if (/^[ \t]*import\b(?!\s*\()/m.test(code))
    throw new EngineError('SCRIPT_IMPORT', `The script of ${operator} imports a module. Scripts stand alone: write what you need into it.`)
  if (!EXPORT.test(code)) return { onRow: compiled(code, ['row', 'ctx'], operator) as Script['onRow'], onTimer: null }
  const module = code
    .replace(DEFAULT_FUNCTION, '$1exports.default = $3; $2')
    .replace(DEFAULT, '$1exports.default =')
    .replace(FUNCTION, '$1exports.$3 = $3; $2')
    .replace(VARIABLE, '$1$2 $3 = exports.$3 =')
  const exported: { default?: unknown; onTimer?: unknown } = {}
  try {
    compiled(module, ['exports'], operator)(exported)
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError('SCRIPT_INVALID', `The script of ${operator} cannot be started: ${scriptMessage(error, operator)}`, {
      cause: error,
    })
  }
  const { default: onRow, onTimer = null } = exported
  if (typeof onRow !== 'function')
    throw new EngineError(
      'SCRIPT_WITHOUT_FUNCTION',
      `The script of ${operator} exports no function for rows. Write \`export default (row, ctx) => …\`.`,
    )
  if (onTimer !== null && typeof onTimer !== 'function')
    throw new EngineError(
      'SCRIPT_INVALID',
      `onTimer of the script of ${operator} is no function. Write \`export function onTimer(timer, ctx) { … }\`.`,
    )
  return { onRow: onRow as Script['onRow'], onTimer: onTimer as Script['onTimer'] }
}

type Compiled = (...args: readonly unknown[]) => unknown

function compiled(code: string, parameters: readonly string[], operator: string): Compiled {
  try {
    return compileFunction(STRICT + code, parameters, { filename: scriptFile(operator), columnOffset: -STRICT.length }) as Compiled
  } catch (error) {
    throw new EngineError('SCRIPT_INVALID', `The script of ${operator} is not JavaScript: ${scriptMessage(error, operator)}`, {
      cause: error,
    })
  }
}

/** What was thrown, with the line of the script it came from. */
export function scriptMessage(error: unknown, operator: string): string {
  const line = lineOf(error, operator)
  return line === null ? wordsOf(error) : `Line ${line}: ${wordsOf(error)}`
}

function wordsOf(error: unknown): string {
  try {
    if (error instanceof Error) return error.message === '' ? error.name : error.message
    return `it threw ${typeof error === 'string' ? error : ((JSON.stringify(error) as string | undefined) ?? typeof error)}`
  } catch {
    return 'it threw something that cannot be shown'
  }
}

function lineOf(error: unknown, operator: string): number | null {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return null
  const file = scriptFile(operator)
  for (let at = error.stack.indexOf(file); at >= 0; at = error.stack.indexOf(file, at + 1)) {
    const line = /^:(\d+)/.exec(error.stack.slice(at + file.length, at + file.length + 12))
    if (line !== null) return Number(line[1])
  }
  return null
}
