/** Contracts: Command line. */
export const EXIT = { done: 0, failed: 1, invalid: 2, decision: 3, interrupted: 130 } as const

export const EXIT_CODES_HELP = 'Exit codes: 0 done, 1 failed, 2 invalid input, 3 needs a decision, 130 interrupted'
