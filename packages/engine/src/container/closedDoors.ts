/**
 * Ways around Node's permission model that code of an operator would find open: threads that are started with options
 * of their own, and loaders, do not inherit it. Closed in each container before it loads any operator. It keeps honest
 * code from harm; where there is a namespace, that is the wall.
 */
import inspector from 'node:inspector'
import module, { syncBuiltinESMExports } from 'node:module'
import workerThreads from 'node:worker_threads'
import { EngineError } from '../operator/engineError.ts'

function closed(what: string): () => never {
  return () => {
    throw new EngineError('DOOR_CLOSED', `Operators may not ${what}. Start Belay with --isolation none if yours has to.`)
  }
}

export function closeDoors(): void {
  if ((process as { permission?: unknown }).permission === undefined) return
  Object.assign(workerThreads, {
    // Called with `new`, which an arrow function does not take.
    Worker: function Worker(): never {
      return closed('start threads')()
    },
  })
  Object.assign(module, { register: closed('add loaders'), registerHooks: closed('add loaders') })
  Object.assign(inspector, {
    open: closed('open the inspector'),
    Session: function Session(): never {
      return closed('open the inspector')()
    },
  })
  syncBuiltinESMExports()
}
