/** Somebody saved the pipeline that is drawn here: what fits is taken in at once, what does not is told. */
import { useEffect } from 'react'
import type { ServerMessages } from '@belay/run'
import { liveSocket } from '../../api/live.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import type { Conflict } from '../saving.ts'
import { t } from '../../language/t.ts'

export function useSavedElsewhere(decide: (conflict: Conflict) => void): void {
  useEffect(() => {
    const socket = liveSocket()
    const onSaved: ServerMessages['saved'] = ({ pipelineId, version, by }) => {
      const { version: known, say } = useDesigner.getState()
      if (pipelineId !== drawn().id || known === null || version <= known) return
      import('./takingIn.ts')
        .then(async ({ takeInSaved, whoever }) => {
          const conflict = await takeInSaved(by)
          if (conflict === null) return
          say({
            tone: 'plain',
            text: t('{whoever} has changed this pipeline, and some of it is what you have changed too.', { whoever: whoever(by) }),
            action: { label: t('Compare'), run: () => decide(conflict) },
            stays: true,
          })
        })
        // Saving will meet it.
        .catch(() => undefined)
    }
    socket.on('saved', onSaved)
    return () => void socket.off('saved', onSaved)
  }, [decide])
}
