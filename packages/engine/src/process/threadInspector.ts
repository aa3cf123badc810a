/**
 * Looks into a container's thread from the main thread: its stack, also while it spins, and a CPU
 * profile. Through the NodeWorker domain of node:inspector, so no port is opened, and nothing is
 * attached to a thread until somebody looks. A thread inside a system call or native code answers
 * nothing: then what the kernel says of it is all there is.
 *
 * Where a file lies on this machine is not told: files are named relative to the installation.
 */
import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { relative, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CpuProfile, StackFrame, ThreadStack } from '@belay/run'
import { EngineError } from '../operator/engineError.ts'

export interface InspectedThread {
  readonly threadId: number
  /** Its folder under /proc; null = there is none. */
  readonly osThread: string | null
}

export type ThreadSight = Pick<ThreadStack, 'at' | 'frames' | 'waitsIn'>

const MOST_FRAMES = 50
const SAMPLE_EVERY_US = 1000
/** For turning the profiler on and for taking its result away, beside the time that is profiled. */
const PROFILER_MS = 2000
const INSTALLATION = fileURLToPath(new URL('../', import.meta.url))
/** The engine's class that drives one instance (container/node.ts): where its `this` is, the instance is known. */
const DRIVER = 'Node'
const LEAVING = ['Debugger.resume', 'Debugger.disable', 'Profiler.disable']
const WORKER_TITLE = /^\[worker (\d+)\]/

/** Where the thread is; it stands still for a few milliseconds meanwhile. Answers within `withinMs`, whatever the thread does. */
export async function lookAt(thread: InspectedThread, withinMs: number): Promise<ThreadSight> {
  const session = WorkerSession.open(thread.threadId)
  const late = delay(withinMs, null, { ref: false })
  try {
    return (await Promise.race([pausedSight(session), late])) ?? { at: null, frames: null, waitsIn: waitsIn(thread.osThread) }
  } finally {
    session.close()
  }
}

/** Samples the thread for that long. Throws EngineError THREAD_SILENT or THREAD_GONE. */
export async function profileOf(thread: InspectedThread, forMs: number): Promise<CpuProfile> {
  const session = WorkerSession.open(thread.threadId)
  try {
    const started = session
      .call('Profiler.enable')
      .then(() => session.call('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US }))
      .then(() => session.call('Profiler.start'))
    await inTime(started, PROFILER_MS)
    await Promise.race([delay(forMs, null, { ref: false }), session.gone])
    const { profile } = await inTime(session.call<{ profile: CpuProfile }>('Profiler.stop'), PROFILER_MS)
    return {
      ...profile,
      nodes: profile.nodes.map((node) => ({ ...node, callFrame: { ...node.callFrame, url: fileOf(node.callFrame.url) } })),
    }
  } finally {
    session.close()
  }
}

/** As V8 writes a stack. */
export function stackText(frames: readonly StackFrame[]): string {
  return frames.map(({ name, file, line, column }) => `    at ${name} (${file}:${line}:${column})`).join('\n')
}

interface PausedFrame {
  readonly callFrameId: string
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
  readonly this: { readonly className?: string }
}

async function pausedSight(session: WorkerSession): Promise<ThreadSight> {
  const scripts = new Map<string, string>()
  session.on<{ scriptId: string; url: string }>('Debugger.scriptParsed', ({ scriptId, url }) => scripts.set(scriptId, url))
  const paused = session.once<{ callFrames: readonly PausedFrame[] }>('Debugger.paused')
  await session.call('Debugger.enable')
  await session.call('Debugger.pause')
  const { callFrames } = await paused
  const driver = callFrames.find((frame) => frame.this.className === DRIVER)
  const named =
    driver === undefined
      ? null
      : await session.call<{ result: { value?: unknown } }>('Debugger.evaluateOnCallFrame', {
          callFrameId: driver.callFrameId,
          expression: 'this.id',
          returnByValue: true,
          silent: true,
          throwOnSideEffect: true,
        })
  await session.call('Debugger.resume')
  return {
    at: typeof named?.result.value === 'string' ? named.result.value : null,
    frames: callFrames.slice(0, MOST_FRAMES).map(({ functionName, location }) => ({
      name: functionName === '' ? '(anonymous)' : functionName,
      file: fileOf(scripts.get(location.scriptId) ?? ''),
      line: location.lineNumber + 1,
      column: (location.columnNumber ?? 0) + 1,
    })),
    waitsIn: null,
  }
}

async function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  const late = delay(withinMs, null, { ref: false }).then((): never => {
    throw new EngineError(
      'THREAD_SILENT',
      'The thread does not answer: it is inside a system call or native code. Try again, or look at its stack.',
    )
  })
  return Promise.race([answer, late])
}

function fileOf(url: string): string {
  if (!url.startsWith('file:')) return url
  const path = fileURLToPath(url)
  const own = relative(INSTALLATION, path)
  return (own.startsWith('..') ? path.split(sep).slice(-2) : own.split(sep)).join('/')
}

/** null = the kernel does not say, or it waits in nothing. */
function waitsIn(osThread: string | null): string | null {
  if (osThread === null) return null
  try {
    const channel = readFileSync(`/proc/${osThread}/wchan`, 'utf8').trim()
    return channel === '' || channel === '0' ? null : channel
  } catch {
    return null
  }
}

interface WorkerMessage {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly method?: string
  readonly params?: unknown
}

/** A connection to the inspector of one worker thread, through that of the main thread. */
class WorkerSession {
  readonly #session: Session
  #id: string | null = null
  #calls = 0
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #expected = new Map<string, (params: unknown) => void>()
  #leave: (error: EngineError) => void = () => undefined
  /** Rejects when the thread ends. */
  readonly gone: Promise<never>

  private constructor(session: Session) {
    this.#session = session
    this.gone = new Promise<never>((_, reject) => {
      this.#leave = reject
    })
    this.gone.catch(() => undefined)
  }

  /** Throws EngineError THREAD_GONE or INSPECTOR_REFUSED. */
  static open(threadId: number): WorkerSession {
    const session = new Session()
    try {
      session.connect()
    } catch (error) {
      throw new EngineError(
        'INSPECTOR_REFUSED',
        "The run's process may not look into its threads: Node's permission model, by which it is isolated here, does not allow it. Where the machine lets Belay make namespaces (`belay doctor`) it may, and so may a server started with `--isolation none`, for pipelines that you trust.",
        { cause: error },
      )
    }
    const worker = new WorkerSession(session)
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      // Its `workerId` counts within the session; the thread's own number stands in the title alone.
      if (WORKER_TITLE.exec(params.workerInfo.title)?.[1] === String(threadId)) worker.#id = params.sessionId
    })
    session.on('NodeWorker.detachedFromWorker', ({ params }) => {
      if (params.sessionId === worker.#id) worker.#end()
    })
    session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === worker.#id) worker.#message(JSON.parse(params.message) as WorkerMessage)
    })
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    return worker
  }

  call<T = unknown>(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const sessionId = this.#id
    if (sessionId === null) return Promise.reject(threadGone())
    this.#calls += 1
    const id = this.#calls
    const answer = new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject })
      this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params }) })
    })
    // Whoever waits with a time limit may have gone when the thread ends.
    answer.catch(() => undefined)
    return answer
  }

  on<T>(method: string, listener: (params: T) => void): void {
    this.#expected.set(method, (params) => listener(params as T))
  }

  once<T>(method: string): Promise<T> {
    return new Promise((resolve) => this.on<T>(method, resolve))
  }

  #message({ id, result, error, method, params }: WorkerMessage): void {
    if (id === undefined) {
      if (method !== undefined) this.#expected.get(method)?.(params)
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new EngineError('INSPECTOR_REFUSED', error.message))
  }

  #end(): void {
    this.#id = null
    const error = threadGone()
    this.#leave(error)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  /**
   * Leaves the thread as it was, as soon as it listens: one that was told to pause and did so after it
   * had been let go would stand still for ever.
   */
  close(): void {
    const undone = LEAVING.map((method) => this.call(method))
    void Promise.allSettled(undone).then(() => this.#session.disconnect())
  }
}

function threadGone(): EngineError {
  return new EngineError('THREAD_GONE', 'The thread ended meanwhile. Try again when the operator runs.')
}
