import type { Settings } from './document.ts'

/** Of a pipeline that says nothing else: window 500 ms, checkpoint each second, 256 MB. */
export const USUAL_SETTINGS: Settings = { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 }
