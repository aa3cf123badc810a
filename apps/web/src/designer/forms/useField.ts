/** One field of the selected operator's form: its value, what feeds it, what is wrong, and how to change it. */
import { useMemo } from 'react'
import type { Schema } from '@belay/columns'
import type { OperatorNode, Problem } from '@belay/pipeline'
import { drawn, useDesigner } from '../designerStore.ts'
import { setConfig, valueAt } from '../document/edits.ts'

/** Changes a value at a JSON pointer; equal `gesture`s in a row are one undo step. */
type SetValue = (path: string, value: unknown, gesture?: string) => void

export interface FieldScope {
  readonly operator: OperatorNode
  readonly valueAt: (path: string) => unknown
  readonly set: SetValue
  readonly problems: readonly Problem[]
  /** Columns of an input, empty while they are not known. */
  readonly columnsOf: (input: string) => Schema
}

const NO_COLUMNS: Schema = []

export function useFieldScope(operator: OperatorNode): FieldScope {
  const inputs = useDesigner((state) => state.checked.propagation.inputs)
  const local = useDesigner((state) => state.checked.problems)
  const remote = useDesigner((state) => state.serverProblems)
  return useMemo(() => {
    const own = [...local, ...remote].filter((problem) => problem.place.operator === operator.id)
    return {
      operator,
      problems: own,
      valueAt: (path) => valueAt(operator.config, path),
      set: (path, value, gesture) =>
        useDesigner.getState().edit(setConfig(drawn(), operator.id, path, value), `config:${operator.id}:${gesture ?? path}`),
      columnsOf: (input) => inputs.get(`${operator.id}.${input}`)?.schema ?? NO_COLUMNS,
    }
  }, [operator, inputs, local, remote])
}

/** Problems at a path or below it. */
export function problemsAt(problems: readonly Problem[], path: string): readonly Problem[] {
  return problems.filter(({ place }) => place.configPath === path || place.configPath?.startsWith(`${path}/`) === true)
}

/** Problems at exactly this path. */
export function problemsOn(problems: readonly Problem[], path: string): readonly Problem[] {
  return problems.filter(({ place }) => place.configPath === path)
}
