/**
 * What a container is given to reach a stream's log: the memory, nothing else (engine-spec L1, L2).
 */
export interface LogHandle {
  readonly stream: string
  readonly memory: SharedArrayBuffer
  /** Bytes of the data ring; control and index lie before it. */
  readonly ringBytes: number
}
