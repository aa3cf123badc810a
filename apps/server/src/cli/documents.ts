/** `belay export` and `belay import`: pipelines of a running server from and to files. */
import { existsSync, writeFileSync } from 'node:fs'
import type { PipelineDocument } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { parsedDocument } from '../pipelines/preparation.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { isProgram, readDocumentFile } from './programFile.ts'
import { EXIT } from './exitCodes.ts'
import { SERVER_OPTIONS, serverClient } from './serverClient.ts'

interface StoredPipeline {
  readonly document: PipelineDocument
  readonly version: number
}

function pipelinePath(id: string): string {
  return `/pipelines/${encodeURIComponent(id)}`
}

export const exportCommand: Command = defineCommand({
  name: 'export',
  summary: 'write a pipeline of the server, or of a program, to stdout or a file',
  usage: 'export (PIPELINE | PROGRAM.ts) [FILE] [--force]',
  examples: ['belay export flights > flights.json', 'belay export flights flights.json --force', 'belay export program.ts pipeline.json'],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    force: { type: 'boolean', help: 'write over FILE if it is there' },
  },
  async run(values, [id, file]) {
    if (id === undefined) {
      process.stderr.write(`The pipeline is missing: belay ${exportCommand.usage}\n`)
      return EXIT.invalid
    }
    const document = isProgram(id)
      ? parsedDocument(await readDocumentFile(id))
      : (await serverClient(values).ask<StoredPipeline>('GET', pipelinePath(id))).document
    const text = values.json === true ? `${JSON.stringify(document)}\n` : `${JSON.stringify(document, null, 2)}\n`
    if (file === undefined) {
      process.stdout.write(text)
      return EXIT.done
    }
    if (values.force !== true && existsSync(file)) {
      process.stderr.write(`${file} is there already. Give --force to write over it, or name another file.\n`)
      return EXIT.invalid
    }
    writeFileSync(file, text)
    return EXIT.done
  },
})

export const importCommand: Command = defineCommand({
  name: 'import',
  summary: 'store a pipeline file on the server',
  usage: 'import FILE [--replace] [--json]',
  examples: ['belay import flights.json', 'belay import flights.json --replace'],
  options: {
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
    ...HOME_OPTION,
    replace: { type: 'boolean', help: 'put it in place of the pipeline with the same id' },
  },
  async run(values, [file]) {
    if (file === undefined) {
      process.stderr.write(`The file is missing: belay ${importCommand.usage}\n`)
      return EXIT.invalid
    }
    const document = await readDocumentFile(file)
    const { ask } = serverClient(values)
    let stored: StoredPipeline
    try {
      stored = await ask<StoredPipeline>('POST', '/pipelines', { document })
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'PIPELINE_EXISTS') throw error
      if (values.replace !== true)
        throw new ServerError('PIPELINE_EXISTS', `${error.message} Give --replace to put this one in its place.`, { cause: error })
      // The server has parsed the document before it could find its id taken.
      const path = pipelinePath((document as PipelineDocument).id)
      const { version } = await ask<StoredPipeline>('GET', path)
      stored = await ask<StoredPipeline>('PUT', path, { document }, { 'if-match': `"${version}"` })
    }
    const { id } = stored.document
    process.stdout.write(values.json === true ? `${JSON.stringify({ id, version: stored.version })}\n` : `${id} is stored\n`)
    return EXIT.done
  },
})
