/** Exported as `@belay/engine/testing`. */
export { createOperatorHarness, type HarnessOptions, OperatorHarness, type OutputRow } from './operatorHarness.ts'
export { type CommittedOutput, type DisturbedRun, type FedPort, randomOf, runDisturbed } from './disturbedRun.ts'
export { randomChanges, type RandomChanges, tableOf } from './changelog.ts'
export { type PipelineOutcome, type PipelineRun, runPipeline } from './pipelineRun.ts'
