import type { OperatorModule } from '@belay/engine/operator'
import { compileScript } from '../script/compileScript.ts'
import type { ScriptConfig } from '../script/manifest.ts'
import { ScriptOperator } from '../script/runtime.ts'
import { ShapeOutput } from './shapeOutput.ts'

export const module: OperatorModule<ScriptConfig> = {
  create: (context) =>
    new ScriptOperator(context, compileScript(context.config.code, context.operator), new ShapeOutput(context.inputs['in'] ?? []), true),
}
