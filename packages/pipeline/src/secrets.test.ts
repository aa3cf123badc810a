import { expect, test } from 'vitest'
import { Type } from 'typebox'
import {
  resolveParameters,
  secretNames,
  SecretReferenceSchema,
  usedSecrets,
  validate,
  type OperatorManifest,
  type PipelineDocument,
} from './index.ts'

const source = {
  type: 'source',
  typeVersion: 1,
  title: 'Source',
  category: 'sources',
  summary: '',
  keywords: [],
  icon: '',
  help: '',
  inputs: [],
  outputs: [],
  configSchema: Type.Object({ token: Type.Optional(SecretReferenceSchema), code: Type.Optional(Type.String()) }),
  form: [{ path: '/token', label: 'Token', control: { kind: 'secret' } }],
  guarantee: { role: 'source', replay: 'none', sentence: '' },
  flink: { support: 'yes' },
  container: 'io',
  stateful: false,
  partitioning: { kind: 'none', reason: '' },
  defaultConfig: {},
  summarise: () => '',
  typing: () => ({ outputs: {}, problems: [] }),
} satisfies OperatorManifest

const code = {
  ...source,
  type: 'code',
  form: [{ path: '/code', label: 'Code', control: { kind: 'code', language: 'javascript' } }],
} satisfies OperatorManifest

function document(...configs: readonly Record<string, unknown>[]): PipelineDocument {
  return {
    format: 1,
    id: 'p',
    name: 'P',
    parameters: { which: { type: 'string', default: 'other' } },
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 33_554_432 },
    operators: configs.map((config, i) => ({ id: `o${i}`, type: 'code' in config ? 'code' : 'source', typeVersion: 1, name: '', config })),
    streams: [],
    layout: {},
  }
}

const codes = (of: PipelineDocument): string[] => validate(of, { source, code }).map((problem) => problem.code)

test('references are found wherever they are; an object with more members, or the config itself, is none', () => {
  const used = document(
    { token: { secret: 'a' }, headers: [{ name: 'x', value: { secret: 'b' } }], other: { secret: 'c', more: 1 } },
    { secret: 'plain' },
    { deep: { er: [[{ secret: 'a' }]] } },
  )
  expect(usedSecrets(used)).toEqual([
    { name: 'a', operator: 'o0', configPath: '/token' },
    { name: 'b', operator: 'o0', configPath: '/headers/0/value' },
    { name: 'a', operator: 'o2', configPath: '/deep/er/0/0' },
  ])
  expect(secretNames(used)).toEqual(['a', 'b'])
})

test('which secret is meant takes no parameters', () => {
  const of = document({ token: { secret: '${which}' }, said: '${which}' })
  const resolved = resolveParameters(of, { which: 'stolen' })
  expect(resolved.ok && resolved.document.operators[0].config).toEqual({ token: { secret: '${which}' }, said: 'stolen' })
  expect(codes(of)).toContain('SECRET_NAME')
})

test('a reference without a name is a choice to make; a good one is no problem', () => {
  expect(codes(document({ token: { secret: '' } }))).toContain('SECRET_MISSING')
  expect(codes(document({ token: { secret: 'shop-token' } })).filter((found) => found.includes('SECRET'))).toEqual([])
})

test('code in the same pipeline could read secrets, which is said', () => {
  expect(codes(document({ token: { secret: 'a' } }, { code: 'x' }))).toContain('CODE_BESIDE_SECRETS')
  expect(codes(document({}, { code: 'x' }))).not.toContain('CODE_BESIDE_SECRETS')
})
