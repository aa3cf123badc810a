/** HTTP for the server as in a run: the same checks of addresses and URLs, the same signatures. Node only. */
export { parseRange } from './addresses.ts'
export { Dispatcher } from './dispatcher.ts'
export { REPLAY_WINDOW_MS, signatureAgeMs, signatureFits, signatureHeaders, signedRequest } from './signature.ts'
export { urlProblem } from './urlProblem.ts'
