/** Example rows of the document as drawn, by `operator.port`; filled in by the worker a little after each change. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { ApiError } from '../../api/client.ts'
import type { FileInspection } from '../../api/types.ts'
import { useDesigner } from '../designerStore.ts'
import { fileOf, inspectFile, readFilePath } from '../forms/inspectFile.ts'
import type { Ghost, Ghosts } from './compute.ts'
import { askGhost } from './ghostClient.ts'
import { ghostPlan, type Sample } from './plan.ts'
import { said, t } from '../../language/t.ts'

const AFTER_MS = 150
/** Rows looked at of a source; of a file that is looked up in, all that the server gives. */
const SAMPLE_ROWS = 200
const LOOKUP_ROWS = 10_000

export const useGhosts = create<{ readonly ghosts: Ghosts }>()(() => ({ ghosts: {} }))

export function useGhost(operator: string, port: string): Ghost | undefined {
  return useGhosts((state) => state.ghosts[`${operator}.${port}`])
}

/** Keeps the ghosts up with the document while the designer is open. */
export function useGhostUpdates(): void {
  const checked = useDesigner((state) => state.checked)
  useEffect(() => {
    let wanted = true
    const timer = setTimeout(() => {
      void update().then((ghosts) => {
        if (wanted) useGhosts.setState({ ghosts })
      })
    }, AFTER_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [checked])
}

async function update(): Promise<Ghosts> {
  const { history, checked } = useDesigner.getState()
  const document = history.present
  const samples = new Map<string, Sample>()
  await Promise.all(
    document.operators.map(async ({ id, type }) => {
      if (readFilePath(type) !== null) samples.set(id, await sampleOf(fileOf(document, id), type))
    }),
  )
  const answer = await askGhost({ kind: 'ghosts', plan: ghostPlan(document, checked, (id) => samples.get(id) ?? null) })
  return answer.kind === 'ghosts' ? Object.fromEntries(Object.entries(answer.ghosts).map(([port, ghost]) => [port, spoken(ghost)])) : {}
}

/** The worker knows no other language. */
function spoken(ghost: Ghost): Ghost {
  return ghost.kind === 'stopped' ? { ...ghost, reason: said(ghost.reason) } : { ...ghost, failed: ghost.failed.map(said) }
}

async function sampleOf(file: string | null, type: string): Promise<Sample> {
  if (file === null) return { kind: 'none', reason: t('Choose a file first.') }
  try {
    const { sample }: FileInspection = await inspectFile(file, { sampleRows: type === 'lookup-join' ? LOOKUP_ROWS : SAMPLE_ROWS })
    return { kind: 'rows', rows: sample }
  } catch (error) {
    return { kind: 'none', reason: error instanceof ApiError ? error.message : String(error) }
  }
}
