/** How runs are kept from the rest of the machine: said by whoever starts the program (docs/security.md). */
import { chooseIsolation, ISOLATION_WISHES, type IsolationChoice, type IsolationWish } from '@belay/engine'
import { ServerError } from '../http/problems.ts'

export const ISOLATION_OPTION = {
  isolation: {
    type: 'string',
    value: 'LEVEL',
    help: 'auto (the best that this machine permits, by default), none, process or namespace',
  },
} as const

/** Throws PARAMETERS_INVALID, and ISOLATION_UNAVAILABLE where the machine does not permit it. */
export function isolationOf(given: string | undefined): IsolationChoice {
  const wish = ISOLATION_WISHES.find((one) => one === (given ?? 'auto'))
  if (wish === undefined)
    throw new ServerError('PARAMETERS_INVALID', `--isolation ${String(given)} is not one of ${ISOLATION_WISHES.join(', ')}.`)
  return chooseIsolation(wish satisfies IsolationWish)
}
