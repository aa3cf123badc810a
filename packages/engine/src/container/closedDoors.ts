/**
 * What code of an operator may not do in an isolated run, closed in each container before it loads any operator.
 *
 * Under Node's permission model these are the ways around it: threads that are started with options of their own, and
 * loaders, do not inherit it. In a namespace they are what nobody needs who processes rows: other programs, native code,
 * and symbolic links in the run's folder that the server would follow. It keeps honest code from harm; the wall is the namespace.
 */
import childProcess from 'node:child_process'
import fs from 'node:fs'
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
  const program = closed('start programs')
  Object.assign(childProcess, {
    exec: program,
    execFile: program,
    execFileSync: program,
    execSync: program,
    fork: program,
    spawn: program,
    spawnSync: program,
  })
  Object.assign(process, { binding: closed('take bindings of Node'), dlopen: closed('load native code') })
  const link = closed('make symbolic links')
  Object.assign(fs, { symlink: link, symlinkSync: link })
  // A rejected promise, as callers expect.
  Object.assign(fs.promises, { symlink: async (): Promise<never> => link() })
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
