/** Operators in the page's language: what their manifests say is translated once, before a page shows them. */
import type { ConfigField, OperatorManifest } from '@belay/pipeline'

type Say = (text: string) => string

/** The texts of a manifest that people read. */
export function spoken({ title, summary, help, inputs, outputs, form, guarantee }: OperatorManifest, say: Say): Partial<OperatorManifest> {
  return {
    title: say(title),
    summary: say(summary),
    help: help
      .split(/\n{2,}/)
      .map((paragraph) => say(paragraph))
      .join('\n\n'),
    inputs: inputs.map((port) => ({ ...port, title: say(port.title) })),
    outputs: outputs.map((port) => ({ ...port, title: say(port.title) })),
    form: form.map((field) => spokenField(field, say)),
    guarantee: { ...guarantee, sentence: say(guarantee.sentence) },
  }
}

function spokenField(field: ConfigField, say: Say): ConfigField {
  const { control } = field
  return {
    ...field,
    label: say(field.label),
    ...(field.help === undefined ? {} : { help: say(field.help) }),
    control:
      control.kind === 'choice'
        ? { ...control, options: control.options.map(({ value, label }) => ({ value, label: say(label) })) }
        : control,
  }
}

/** `saySummary`: of the line on the node, which begins with the operator's type here; null = not known. */
export function speakManifests(
  manifests: Readonly<Record<string, OperatorManifest>>,
  say: Say,
  saySummary: (text: string) => string | null,
): void {
  for (const manifest of Object.values(manifests)) {
    const summarise = manifest.summarise.bind(manifest)
    Object.assign(manifest, spoken(manifest, say), {
      summarise: (config: Parameters<typeof summarise>[0]) => {
        const summary = summarise(config)
        return saySummary(`${manifest.type}: ${summary}`) ?? summary
      },
    })
  }
}
