import type { OperatorManifest } from '@belay/pipeline'
import { script, type ScriptConfig } from '../script/manifest.ts'

/** The column in which each row that the script gave is described. */
export const SHAPE_COLUMN = 'shape'

/** Stands in the place of a Script to find out which columns it gives. */
export const scriptSample: OperatorManifest<ScriptConfig> = {
  ...script,
  type: 'script-sample',
  title: 'Script, sampled',
  summary: 'Tells which columns a script gives',
  keywords: ['test', 'columns', 'infer'],
  help: 'Stands in the place of a Script while its output columns are found out.',
  internal: true,
  typing: (typing) => {
    const { outputs, problems } = script.typing({ ...typing, config: { ...typing.config, columns: [] } })
    const out = outputs['out']
    if (out === undefined) return { outputs, problems }
    return {
      outputs: {
        out: { schema: [{ name: SHAPE_COLUMN, type: 'json', nullable: false }], eventTime: null, changes: { kind: 'append', key: null } },
      },
      problems,
    }
  },
}
