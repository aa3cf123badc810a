/** Asks the server for what only it can see, such as whether files are there, a little after each change. */
import { useEffect } from 'react'
import type { Problem } from '@belay/pipeline'
import { post } from '../../api/client.ts'
import { spokenProblems } from '../../language/spokenProblems.ts'
import { useDesigner } from '../designerStore.ts'

const AFTER_MS = 500

export function useServerCheck(): void {
  const checked = useDesigner((state) => state.checked)
  const loaded = useDesigner((state) => state.version !== null)
  useEffect(() => {
    if (!loaded) return
    let wanted = true
    const timer = setTimeout(() => {
      const document = useDesigner.getState().history.present
      post<{ problems: Problem[] }>('/validate', { document })
        .then(({ problems }) => {
          if (!wanted) return
          const known = new Set(checked.problems.map((problem) => problem.code))
          useDesigner
            .getState()
            .setServerProblems(spokenProblems(problems.filter(({ code }) => !known.has(code) && /^(?:FILE|SECRET)_/.test(code))))
        })
        .catch(() => {
          // An unreachable server is said by saving and running; what was known stays.
        })
    }, AFTER_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [checked, loaded])
}
