/**
 * What a container is given to reach a stream's log: the memory, nothing else (engine-spec L1, L2).
 */
export interface LogHandle {
  readonly stream: string
  /** Of a copy that only one thread sees, ordinary memory. */
  readonly memory: SharedArrayBuffer | ArrayBuffer
  /** Bytes of the data ring; control and index lie before it. */
  readonly ringBytes: number
}
