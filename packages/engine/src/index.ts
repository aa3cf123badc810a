export * from './operator/index.ts'
export { createLocalRunner, type LocalRunnerOptions } from './runner/localRunner.ts'
export { whileHeldStill } from './runner/heldStill.ts'
export { newSocketPath } from './control/socketPath.ts'
