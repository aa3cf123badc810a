/** From what somebody wants to run to a document that can be run, or everything that is in the way. */
import { manifests } from '@belay/operators/manifests'
import { readDocument, resolveParameters, validate, type ParameterValue, type PipelineDocument, type Problem } from '@belay/pipeline'
import { ServerError, type ProblemCode } from '../http/problems.ts'
import type { Roots } from '../storage/roots.ts'
import { fileProblems } from './fileProblems.ts'
import { secretProblems, type KnownSecrets } from './secretProblems.ts'

const PROBLEMS_TOLD = 5

/** Throws DOCUMENT_NEWER or DOCUMENT_INVALID. */
export function parsedDocument(json: unknown): PipelineDocument {
  const result = readDocument(json, manifests)
  if (result.ok) return result.document
  const code: ProblemCode = result.problems[0]?.code === 'DOCUMENT_NEWER' ? 'DOCUMENT_NEWER' : 'DOCUMENT_INVALID'
  throw new ServerError(code, words(result.problems), { more: { problems: result.problems } })
}

/** Everything wrong with a document as it stands, files and secrets included. */
export async function documentProblems(document: PipelineDocument, roots: Roots, secrets: KnownSecrets): Promise<readonly Problem[]> {
  return [...validate(document, manifests), ...secretProblems(document, secrets), ...(await fileProblems(document, manifests, roots))]
}

/** Warnings; throws PARAMETERS_INVALID or PIPELINE_HAS_ERRORS if a run of the document with these values cannot work. */
export async function checkLaunch(
  document: PipelineDocument,
  parameters: Readonly<Record<string, ParameterValue>>,
  roots: Roots,
  secrets: KnownSecrets,
): Promise<readonly Problem[]> {
  const resolved = resolveParameters(document, parameters)
  if (!resolved.ok) throw new ServerError('PARAMETERS_INVALID', words(resolved.problems), { more: { problems: resolved.problems } })
  const problems = await documentProblems(resolved.document, roots, secrets)
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0)
    throw new ServerError('PIPELINE_HAS_ERRORS', `${errors.length === 1 ? '' : `${errors.length} errors. `}${words(errors.slice(0, 1))}`, {
      more: { problems: errors },
    })
  return problems.filter((problem) => problem.severity === 'warning')
}

function words(problems: readonly Problem[]): string {
  return problems
    .slice(0, PROBLEMS_TOLD)
    .map((problem) => problem.message)
    .join(' ')
}
