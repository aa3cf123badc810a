/** A pipeline that comes with Belay, in the page's language: its name, what it is about, what its parameters are. */
import type { PipelineDocument } from '@belay/pipeline'

type Say = (text: string) => string

export function spokenDocument(document: PipelineDocument, say: Say): PipelineDocument {
  const { name, description, parameters } = document
  return {
    ...document,
    name: say(name),
    ...(description === undefined ? {} : { description: say(description) }),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, parameter]) => [
        key,
        {
          ...parameter,
          ...(parameter.label === undefined ? {} : { label: say(parameter.label) }),
          ...(parameter.help === undefined ? {} : { help: say(parameter.help) }),
        },
      ]),
    ),
  }
}
