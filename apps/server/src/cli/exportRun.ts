/** `belay export-run RUNID`: a run as one file that opens without the server. */
import { writeFileSync } from 'node:fs'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { runPath, SERVER_OPTIONS, serverClient } from './serverClient.ts'

export const exportRunCommand: Command = defineCommand({
  name: 'export-run',
  summary: 'a run as one HTML file that opens without the server, also after its end',
  usage: 'export-run RUNID [--output FILE] [--rows]',
  examples: ['belay export-run flights-261124-1200-ab12', 'belay export-run flights-261124-1200-ab12 --rows --output incident.html'],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    output: { type: 'string', value: 'FILE', help: 'where to write it; belay-RUNID.html by default' },
    rows: { type: 'boolean', help: 'with rows of tables and errors (see-data)' },
  },
  async run(values, [runId]) {
    if (runId === undefined) {
      process.stderr.write(`belay ${exportRunCommand.usage}\n`)
      return EXIT.invalid
    }
    const page = await serverClient(values).askText(`${runPath(runId)}/export${values.rows === true ? '?rows=true' : ''}`)
    const path = values.output ?? `belay-${runId}.html`
    writeFileSync(path, page)
    process.stdout.write(values.json === true ? `${JSON.stringify({ path, sizeBytes: Buffer.byteLength(page) })}\n` : `${path}\n`)
    return EXIT.done
  },
})
