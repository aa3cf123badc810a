/** Thrown into a script that uses what it was given wrongly; the message goes on from the line of the script. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
