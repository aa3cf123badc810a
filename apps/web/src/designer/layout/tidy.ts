/** Lays the graph out anew: nodes glide to their places, one undo step, one camera move. */
import type { FitViewOptions } from '@xyflow/react'
import { manifestFor } from '../catalogue.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { moveOperators } from '../document/edits.ts'
import { glide } from './glide.ts'
import { t } from '../../language/t.ts'

const TRAVEL_MS = 360

export async function tidy(flow: { readonly fitView: (options: FitViewOptions) => Promise<boolean> }): Promise<void> {
  const { checked, edit, say } = useDesigner.getState()
  const before = drawn()
  if (before.operators.length === 0) return
  try {
    const { layeredLayout } = await import('./layered.ts')
    const places = await layeredLayout(before, (id) => ({
      inputs: manifestFor(checked.operators.get(id)?.type ?? '')?.inputs.map((port) => port.name) ?? [],
      outputs: (checked.ports.get(id) ?? []).map((port) => port.name),
    }))
    // Someone may have drawn on meanwhile; operators that are new stay where they are.
    await glide(() => edit(moveOperators(drawn(), places)))
    await flow.fitView({ padding: 0.15, maxZoom: 1, duration: TRAVEL_MS })
  } catch (error) {
    say({
      tone: 'refused',
      text: t('The layout could not be made. {message}', { message: error instanceof Error ? error.message : String(error) }),
    })
  }
}
