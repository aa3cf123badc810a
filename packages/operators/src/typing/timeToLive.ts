/** State that is forgotten after a time without rows, or never (engine-spec §2, TTL). */
import type { ConfigField, ConfigProblem, EdgeType } from '@belay/pipeline'
import { Type } from 'typebox'

const DAY_MS = 86_400_000

export const TtlSchema = Type.Optional(Type.Integer({ minimum: 0 }))

export const ttlField: ConfigField = {
  path: '/ttlMs',
  label: 'Forgets after',
  help: 'Without a row for so long, by event time; 0 = never',
  control: { kind: 'duration' },
}

/** `what`: what would be kept, e.g. `every auction`. */
export function ttlProblems(ttlMs: number | undefined, inputs: readonly (EdgeType | undefined)[], what: string): readonly ConfigProblem[] {
  if (ttlMs === undefined)
    return [
      {
        code: 'STATE_UNBOUNDED',
        severity: 'warning',
        message: `This never forgets: ${what} is kept for ever, and the state grows with it. Say after what time without rows it may be forgotten, or that it is to be kept.`,
        configPath: '/ttlMs',
        fixes: [
          { kind: 'set-config', label: 'Keep for ever', configPath: '/ttlMs', value: 0 },
          { kind: 'set-config', label: 'Forget after a day', configPath: '/ttlMs', value: DAY_MS },
        ],
      },
    ]
  if (ttlMs === 0 || inputs.every((input) => input === undefined || input.eventTime !== null)) return []
  return [
    {
      code: 'EVENT_TIME_MISSING',
      severity: 'error',
      message: 'Forgetting goes by the event time, and the rows have none. Choose the event time at the source, or keep for ever.',
      configPath: '/ttlMs',
      fixes: [{ kind: 'set-config', label: 'Keep for ever', configPath: '/ttlMs', value: 0 }],
    },
  ]
}
