/** From any JSON to a document, or to everything that is wrong with it. */
import { Value } from 'typebox/value'
import { DOCUMENT_FORMAT, PipelineDocumentSchema, type PipelineDocument } from './document.ts'
import { migrate } from './migration.ts'
import type { Problem, ProblemPlace } from './problem.ts'

export type ParseResult =
  | { readonly ok: true; readonly document: PipelineDocument; readonly migratedFrom: number | null }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const MAX_PROBLEMS = 100
/** Configs are walked recursively; nobody nests by hand so deep. */
const MAX_DEPTH = 64

export function parseDocument(json: unknown): ParseResult {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return {
      ok: false,
      problems: [problem('DOCUMENT_NOT_OBJECT', 'A pipeline is a JSON object. This is something else; export the pipeline again.', {})],
    }
  const raw = json as Readonly<Record<string, unknown>>
  const format = raw['format']
  if (typeof format === 'number' && format > DOCUMENT_FORMAT) {
    return {
      ok: false,
      problems: [
        problem(
          'DOCUMENT_NEWER',
          `This pipeline has format ${format}; this version of Belay reads up to ${DOCUMENT_FORMAT}. Update Belay to open it.`,
          {},
        ),
      ],
    }
  }
  if (deeperThan(raw, MAX_DEPTH))
    return {
      ok: false,
      problems: [
        problem('DOCUMENT_TOO_DEEP', `The pipeline is nested deeper than ${MAX_DEPTH} levels. Take the nested values out of it.`, {}),
      ],
    }
  const { document, from } = migrate(raw)
  const errors = Value.Errors(PipelineDocumentSchema, document)
  if (errors.length === 0) return { ok: true, document: document as unknown as PipelineDocument, migratedFrom: from }
  const problems = errors.slice(0, MAX_PROBLEMS).map((error) => {
    return problem(
      'DOCUMENT_SHAPE',
      `${error.instancePath === '' ? 'The document' : error.instancePath} ${error.message}.`,
      placeOf(document, error.instancePath),
    )
  })
  return { ok: false, problems }
}

/** Without recursion: that is what it protects. */
function deeperThan(value: unknown, levels: number): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true
    level = level.flatMap((entry): readonly unknown[] => (typeof entry === 'object' && entry !== null ? Object.values(entry) : []))
  }
  return false
}

function problem(code: string, message: string, place: ProblemPlace): Problem {
  return { code, severity: 'error', message, place, fixes: [] }
}

/** The operator, stream or parameter that a JSON pointer leads into. */
function placeOf(document: Readonly<Record<string, unknown>>, pointer: string): ProblemPlace {
  const [, section, key, ...rest] = pointer.split('/')
  if (section === 'parameters' && key !== undefined) return { parameter: key }
  const list = section === 'operators' || section === 'streams' ? document[section] : undefined
  if (!Array.isArray(list) || key === undefined) return {}
  const id = (list[Number(key)] as { id?: unknown } | undefined)?.id
  if (typeof id !== 'string') return {}
  if (section === 'streams') return { stream: id }
  return rest[0] === 'config' ? { operator: id, configPath: `/${rest.slice(1).join('/')}` } : { operator: id }
}
