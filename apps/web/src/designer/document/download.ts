/** The pipeline as a file: what `belay run` takes, and what can be pasted or imported again. */
import { drawn } from '../designerStore.ts'

export function downloadPipeline(): void {
  const pipeline = drawn()
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(pipeline, null, 2)}\n`], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${pipeline.id}.json`
  link.click()
  URL.revokeObjectURL(url)
}
