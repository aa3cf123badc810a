/** What is wrong with a program beyond what its types can say; code, what happened, and what to do next. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  readonly code: 'PROGRAM_INVALID' = 'PROGRAM_INVALID' as const
}
