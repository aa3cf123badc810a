/** What `runSampled.ts` gives, in types that need nothing of Node: a page may read them. */
import type { SampleGiven, SampleOutput } from '@belay/engine/sample'

/** null = operators of that type need more than rows and state. Throws what the operator throws. */
export type RunSampled = (type: string, given: SampleGiven) => Promise<SampleOutput | null>

export declare const runSampled: RunSampled
