/** Outgoing HTTP for the server: the same checks of addresses and URLs as in a run. Node only. */
export { parseRange } from './addresses.ts'
export { Dispatcher } from './dispatcher.ts'
export { urlProblem } from './urlProblem.ts'
