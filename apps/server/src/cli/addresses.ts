/** Which addresses pipelines may connect to beside the public internet: said by whoever starts the program. */
import { ServerError } from '../http/problems.ts'

export const ADDRESS_OPTION = {
  'allow-address': {
    type: 'string',
    multiple: true,
    value: 'ADDRESS/BITS',
    help: 'pipelines may also connect to these addresses of this machine or of private nets, e.g. 10.1.0.0/16',
  },
} as const

/** Throws PARAMETERS_INVALID. */
export async function addressesOf(given: readonly string[] | undefined): Promise<readonly string[]> {
  if (given === undefined) return []
  const { parseRange } = await import('@belay/operators/outgoing-http')
  for (const text of given)
    if (parseRange(text) === null)
      throw new ServerError(
        'PARAMETERS_INVALID',
        `--allow-address ${text}: give an address, or a range as ADDRESS/BITS, e.g. 127.0.0.1 or 10.1.0.0/16.`,
      )
  return given
}
