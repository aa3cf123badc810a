/** Applies a problem's fix as one undo step. Reading columns asks the server for the file's. */
import { applyFix, type ProblemFix } from '@belay/pipeline'
import { ApiError } from '../../api/client.ts'
import { readColumns } from '../forms/inspectFile.ts'
import { drawn, useDesigner } from '../designerStore.ts'

export async function applyProblemFix(fix: ProblemFix): Promise<void> {
  const { edit, say } = useDesigner.getState()
  if (fix.kind !== 'read-columns') {
    edit(applyFix(drawn(), fix))
    return
  }
  try {
    edit(await readColumns(drawn(), fix.operator))
  } catch (error) {
    say({ tone: 'refused', text: error instanceof ApiError ? error.message : String(error) })
  }
}
