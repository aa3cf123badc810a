/** Rules about secrets that can be told from the document alone; whether they are there only a server knows. */
import type { PipelineDocument } from '../document.ts'
import { manifestOf, type ManifestCatalogue } from '../manifest.ts'
import { isSecretName, usedSecrets } from '../secrets.ts'
import { nameOf, type Report } from './report.ts'

export function checkSecrets(document: PipelineDocument, manifests: ManifestCatalogue, report: Report): void {
  const used = usedSecrets(document)
  for (const { name, operator, configPath } of used) {
    if (name === '') report('SECRET_MISSING', 'error', 'Choose a secret.', { operator, configPath })
    else if (!isSecretName(name))
      report(
        'SECRET_NAME',
        'error',
        `${JSON.stringify(name)} cannot be the name of a secret: names are small letters, digits and hyphens, begin with a letter, and take no parameters. Choose another.`,
        { operator, configPath },
      )
  }
  if (used.length === 0) return
  for (const operator of document.operators) {
    const manifest = manifestOf(manifests, operator.type)
    if (manifest?.form.some(({ control }) => control.kind === 'code') === true)
      report(
        'CODE_BESIDE_SECRETS',
        'warning',
        `The pipeline uses secrets, and ${nameOf(operator)} runs code in the same process, which could read them. Use code that you trust, or another pipeline for one of the two.`,
        { operator: operator.id },
      )
  }
}
