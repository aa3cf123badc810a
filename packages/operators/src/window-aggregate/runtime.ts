/** Window aggregate: which windows a config asks for. */
import type { OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { FixedWindows } from '../windows/fixedWindows.ts'
import { SessionWindows } from '../windows/sessionWindows.ts'
import { cumulating, hopping, tumbling, type WindowShape } from '../windows/shapes.ts'
import { UpdatingWindows } from '../windows/updatingWindows.ts'
import { updatesWindows, windowKindOf, type WindowAggregateConfig } from './manifest.ts'

function windowsOf(context: OperatorContext<WindowAggregateConfig>, shape: WindowShape): TransformOperator {
  const input = context.inputs['in'] ?? []
  return updatesWindows(context.config) ? new UpdatingWindows(context, input, shape) : new FixedWindows(context, input, shape)
}

export const module: OperatorModule<WindowAggregateConfig> = {
  rehearses: true,
  create(context) {
    const { config } = context
    const slideMs = config.slideMs ?? config.sizeMs
    switch (windowKindOf(config)) {
      case 'tumbling':
        return windowsOf(context, tumbling(config.sizeMs))
      case 'hopping':
        return windowsOf(context, hopping(config.sizeMs, slideMs))
      case 'cumulate':
        return windowsOf(context, cumulating(config.sizeMs, slideMs))
      case 'session':
        return new SessionWindows(context, context.inputs['in'] ?? [])
    }
  },
}
