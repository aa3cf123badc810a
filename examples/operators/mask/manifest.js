// What is known of the operator without running it. Browsers load this file too, so it imports nothing.

/** @typedef {{ column: string, keep: number }} Config */

/** @type {import('belay-stream/operator').OperatorManifest<Config>} */
export const manifest = {
  type: 'mask',
  typeVersion: 1,
  title: 'Mask',
  category: 'transform',
  summary: 'Hides all but the first characters of a text',
  keywords: ['hide', 'privacy', 'anonymise'],
  icon: 'M2 8s2.4-4.4 6-4.4S14 8 14 8s-2.4 4.4-6 4.4S2 8 2 8M3 13 13 3',
  help: 'Puts a star in the place of each character of a column but the first ones. NULL stays NULL.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  // JSON Schema: the page and the run refuse configs of another shape.
  configSchema: {
    type: 'object',
    required: ['column', 'keep'],
    properties: { column: { type: 'string' }, keep: { type: 'integer', minimum: 0, maximum: 100 } },
  },
  form: [
    { path: '/column', label: 'Column', control: { kind: 'column', input: 'in', types: ['string'] } },
    { path: '/keep', label: 'Characters to keep', control: { kind: 'number', min: 0, max: 100 } },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'no', reason: 'It is an operator of our own.' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  defaultConfig: { column: '', keep: 1 },
  summarise: ({ column, keep }) => (column === '' ? '' : `${column}, all but ${keep}`),
  /**
   * Pure, at each keystroke: what comes out for what comes in, and everything that is wrong.
   * @returns {import('belay-stream/operator').TypingResult}
   */
  typing({ config, inputs }) {
    const input = inputs.in
    if (input === undefined) return { outputs: {}, problems: [] }
    const field = input.schema.find(({ name }) => name === config.column)
    if (field?.type === 'string') return { outputs: { out: input }, problems: [] }
    const message =
      field === undefined
        ? `There is no column ${config.column}. Choose a column of text.`
        : `${config.column} is ${field.type}, and only text can be masked. Choose another column.`
    return { outputs: { out: input }, problems: [{ code: 'COLUMN_UNKNOWN', severity: 'error', message, configPath: '/column' }] }
  },
}
