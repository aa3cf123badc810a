/** A file dropped on the canvas becomes a source that reads it, configured from what is in it. */
import type { DragEvent } from 'react'
import { ApiError, get } from '../../api/client.ts'
import type { FileEntry } from '../../api/types.ts'
import { uploadFile } from '../../api/upload.ts'
import { manifestFor } from '../catalogue.ts'
import { useDesigner } from '../designerStore.ts'
import { inspectFile } from '../forms/inspectFile.ts'
import type { Place } from '../layout/place.ts'
import { addAt } from '../palette/adding.ts'
import { focusNode } from './focusNode.ts'
import { t } from '../../language/t.ts'

const APART = 112
/** Sending a file that takes less is not worth words. */
const LARGE_BYTES = 5_000_000

export function isFileDrag(event: DragEvent): boolean {
  return event.dataTransfer.types.includes('Files')
}

/**
 * A browser does not say where a dropped file lies: it is looked for by name and size in the folders Belay
 * reads, and sent into home if it is in none.
 */
export async function dropFiles(files: readonly File[], at: Place): Promise<void> {
  const { say } = useDesigner.getState()
  const known = await readableFiles().catch((): readonly FileEntry[] => [])
  let row = 0
  for (const file of files) {
    try {
      const there = known.find((entry) => entry.name === file.name && entry.sizeBytes === file.size)
      const name = there?.file ?? (await sent(file))
      const inspection = await inspectFile(name, { fresh: true })
      if (manifestFor(inspection.operatorType) === undefined) continue
      focusNode(addAt(inspection.operatorType, { x: at.x, y: at.y + row * APART }, { ...inspection.config, file: name }))
      say({
        tone: 'plain',
        text: there === undefined ? t('{file} was put into {name}.', { file: file.name, name }) : t('Reads {name}.', { name }),
      })
      row += 1
    } catch (error) {
      say({ tone: 'refused', text: error instanceof ApiError ? error.message : String(error) })
    }
  }
}

async function sent(file: File): Promise<string> {
  const { say } = useDesigner.getState()
  let told = -1
  const uploaded = await uploadFile(`home:input/${file.name.replace(/^\.+/, '')}`, file, (share) => {
    const percent = Math.floor(share * 20) * 5
    if (file.size < LARGE_BYTES || percent === told) return
    told = percent
    say({ tone: 'plain', text: t('Sending {file}: {percent} %', { file: file.name, percent }) })
  })
  return uploaded.file
}

async function readableFiles(): Promise<readonly FileEntry[]> {
  const roots = await get<{ name: string }[]>('/roots')
  const lists = await Promise.all(roots.flatMap(({ name }) => [filesIn(name, ''), ...(name === 'home' ? [filesIn(name, 'input')] : [])]))
  return lists.flat().filter((entry) => entry.kind === 'file')
}

/** None if there is no such folder yet. */
function filesIn(root: string, path: string): Promise<readonly FileEntry[]> {
  return get<FileEntry[]>(`/files?root=${encodeURIComponent(root)}&path=${encodeURIComponent(path)}`).catch(() => [])
}
