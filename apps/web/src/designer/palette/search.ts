/** Finding operators by name, task and synonym, best first. */
import type { OperatorCategory, OperatorManifest } from '@belay/pipeline'
import { t } from '../../language/t.ts'

export const CATEGORIES: readonly { readonly category: OperatorCategory; readonly title: string }[] = [
  { category: 'sources', title: t('Sources') },
  { category: 'transform', title: t('Transform') },
  { category: 'join', title: t('Join') },
  { category: 'window', title: t('Window') },
  { category: 'changelog', title: t('Changes') },
  { category: 'sinks', title: t('Sinks') },
]

/** Manifests that match every word of the query; all of them, in their order, for an empty one. */
export function searchOperators(manifests: readonly OperatorManifest[], query: string): readonly OperatorManifest[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return manifests
  return manifests
    .map((manifest) => ({ manifest, scores: words.map((word) => scoreOf(manifest, word)) }))
    .filter(({ scores }) => scores.every((score) => score > 0))
    .sort((a, b) => total(b.scores) - total(a.scores))
    .map(({ manifest }) => manifest)
}

function total(scores: readonly number[]): number {
  return scores.reduce((sum, score) => sum + score, 0)
}

function scoreOf(manifest: OperatorManifest, word: string): number {
  const title = manifest.title.toLowerCase()
  if (title === word) return 100
  if (title.startsWith(word)) return 80
  if (title.split(/\s+/).some((part) => part.startsWith(word))) return 60
  if (manifest.type.includes(word)) return 50
  if (manifest.keywords.some((keyword) => keyword === word)) return 45
  if (manifest.keywords.some((keyword) => keyword.startsWith(word))) return 40
  if (manifest.keywords.some((keyword) => keyword.includes(word))) return 25
  if (manifest.category.startsWith(word)) return 20
  if (manifest.summary.toLowerCase().includes(word)) return 10
  return 0
}

/** The operator whose name or synonym is nearest to what was typed; null when nothing is near. */
export function nearestOperator(manifests: readonly OperatorManifest[], query: string): OperatorManifest | null {
  const wanted = query.toLowerCase().trim()
  let best: OperatorManifest | null = null
  let least = Math.max(2, Math.ceil(wanted.length / 2))
  for (const manifest of manifests) {
    for (const name of [manifest.title, manifest.type, ...manifest.keywords]) {
      const distance = editDistance(wanted, name.toLowerCase())
      if (distance < least) {
        least = distance
        best = manifest
      }
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let k = 1; k <= b.length; k += 1) next.push(Math.min(next[k - 1] + 1, row[k] + 1, row[k - 1] + (a[i - 1] === b[k - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}
