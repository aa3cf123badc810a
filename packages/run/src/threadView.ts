/** Looking into the thread that runs an operator: where it is now, and what it spends its time on. */

/** Longest that a profile may take. */
export const MOST_PROFILE_MS = 10_000

/** Lines and columns count from 1. Files are named relative to the installation; `script:own` is the script of operator own. */
export interface StackFrame {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface ThreadStack {
  readonly instance: string
  readonly container: string
  /** Instance whose code it was in, which may be another one in the same container; null = the engine's own. */
  readonly at: string | null
  /** Innermost first; null = it did not answer in time: inside a system call or native code there is none, and on a machine that is very busy it may come too late. */
  readonly frames: readonly StackFrame[] | null
  /** What of the kernel it waits in, where that is known (Linux). */
  readonly waitsIn: string | null
}

/** As Chrome's DevTools read it from a `.cpuprofile` file, with files as in `StackFrame`. Times in µs. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[]
  readonly startTime: number
  readonly endTime: number
  /** Id of the node that each sample was in. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface CpuProfileNode {
  readonly id: number
  /** Lines and columns count from 0 here. */
  readonly callFrame: {
    readonly functionName: string
    readonly scriptId: string
    readonly url: string
    readonly lineNumber: number
    readonly columnNumber: number
  }
  readonly hitCount: number
  readonly children?: readonly number[]
}

export interface ThreadProfile {
  readonly instance: string
  readonly container: string
  readonly profile: CpuProfile
}
