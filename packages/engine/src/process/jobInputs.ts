/** What containers and the store tell, as inputs of the job; null = nothing that it decides on. */
import type { FromContainer } from '../container/protocol.ts'
import type { JobInput } from '../job/index.ts'
import type { FromStore } from '../store/storeProtocol.ts'

export function inputFromContainer(container: string, message: FromContainer): JobInput | null {
  switch (message.type) {
    case 'ready':
      return { type: 'container-ready', container }
    case 'deployed':
    case 'undeployed':
      return { type: message.type, container, attempt: message.attempt }
    case 'deploy-failed': {
      const { instance, attempt, code, message: text, stack } = message
      return { type: 'operator-failed', instance, attempt, window: 0, code, message: text, ...(stack === undefined ? {} : { stack }) }
    }
    case 'operator-failed': {
      const { type, instance, attempt, window, code, message: text, stack, row } = message
      return {
        type,
        instance,
        attempt,
        window,
        code,
        message: text,
        ...(stack === undefined ? {} : { stack }),
        ...(row === undefined ? {} : { row: { instance, ...row } }),
      }
    }
    case 'snapshot-copied': {
      const { type, instance, window, attempt, sizeBytes, final } = message
      return { type, instance, window, attempt, sizeBytes, final }
    }
    case 'configured':
    case 'poison-skipped':
    case 'sink-commit-failed':
      return message
    case 'sink-committed': {
      const { type, instance, window, attempt } = message
      return { type, instance, window, attempt }
    }
    case 'rehearsed':
    case 'post-answered':
    case 'snapshot-needs':
    case 'row-error':
    case 'bad-rows':
    case 'operator-waits':
    case 'stream-ended':
    case 'table':
    case 'peeked':
    case 'extra':
      return null
  }
}

export function inputFromStore(message: FromStore): JobInput | null {
  switch (message.type) {
    case 'snapshot-stored': {
      const { instance, window, attempt } = message.header
      const { file, sizeBytes, sha256 } = message
      return { type: 'snapshot-stored', snapshot: { instance, window, attempt, file, sizeBytes, sha256 } }
    }
    case 'snapshot-failed': {
      const { instance, window, attempt } = message.header
      return { type: 'snapshot-failed', instance, window, attempt, code: message.code, message: message.message }
    }
    case 'manifest-stored':
      return { type: 'manifest-stored', seq: message.manifest.seq, sha256: message.sha256 }
    case 'manifest-failed': {
      const { type, code, uncertain } = message
      return { type, seq: message.manifest.seq, code, message: message.message, uncertain }
    }
    case 'manifest-lost':
      return { type: 'manifest-lost', seq: message.manifest.seq }
    case 'delete-failed':
    case 'manifest-deleted':
    case 'closed':
      return null
  }
}
