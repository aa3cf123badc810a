/** Operators of one's own: their manifests are loaded as modules before anything is drawn with them. */
import { addManifests, manifests } from '@belay/operators/manifests'
import type { OperatorManifest } from '@belay/pipeline'
import { language, loadWords, summaryPhrases } from '../language/language.ts'
import { t } from '../language/t.ts'
import { get } from './client.ts'

interface OwnOperator {
  readonly type: string
  readonly version: string
}

let loading: Promise<void> | null = null

/** Once a page. What cannot be loaded is left out: pipelines with it say that they do not know the type. */
export function loadOwnOperators(): Promise<void> {
  loading ??= load()
    .catch(() => {
      loading = null
    })
    .then(speak)
  return loading
}

/** In the page's language; own operators say what their maker wrote. */
async function speak(): Promise<void> {
  if (language === 'en') return
  const [{ speakManifests }, summaries] = await Promise.all([
    import('../language/spokenManifests.ts'),
    summaryPhrases(),
    loadWords('operators'),
  ])
  speakManifests(manifests, t, summaries)
}

async function load(): Promise<void> {
  const own = await get<readonly OwnOperator[]>('/operators')
  const modules = await Promise.allSettled(
    own.map(
      ({ type, version }) =>
        import(/* @vite-ignore */ `/api/operators/${encodeURIComponent(type)}/manifest.js?${version}`) as Promise<{
          manifest: OperatorManifest
        }>,
    ),
  )
  addManifests(modules.flatMap((module) => (module.status === 'fulfilled' ? [module.value.manifest] : [])))
}
