/** Comparisons: which types may be compared, and in what type. */
import { isArray, type LogicalType } from '@belay/columns'
import { commonType, converted, isExact } from './coercion.ts'
import { isOpen, literal, type Comparison, type Typed } from './typed.ts'

export type Compared =
  | { readonly node: Typed }
  | { readonly problem: string; readonly code: 'TYPE_MISMATCH' | 'JSON_NOT_COMPARABLE' | 'ARRAY_NOT_COMPARABLE' }

export function compared(operator: Comparison, left: Typed, right: Typed): Compared {
  const refused = refusal([left, right])
  if (refused !== undefined) return refused
  const pair = comparable(left, right)
  if (pair === undefined) {
    const times = [left.type, right.type].some((type) => type === 'timestamp' || type === 'date')
    const hint = times ? " Write the time as TIMESTAMP '2001-01-31 00:00:00' or DATE '2001-01-31'." : ' Cast one side with CAST(… AS …).'
    return { code: 'TYPE_MISMATCH', problem: `Cannot compare ${left.type} with ${right.type}.${hint}` }
  }
  const [a, b] = pair
  if (a.type === 'bool' && operator !== '=' && operator !== '<>')
    return { code: 'TYPE_MISMATCH', problem: `${operator} has no meaning for bool. Use = or <>.` }
  return { node: { kind: 'compare', type: 'bool', nullable: a.nullable || b.nullable, operator, left: a, right: b } }
}

/** TRUE where both are equal or both NULL. */
export function unlessDistinct(left: Typed, right: Typed): Compared {
  const equal = compared('=', left, right)
  if (!('node' in equal) || equal.node.kind !== 'compare') return equal
  const distinct: Typed = { kind: 'distinct', type: 'bool', nullable: false, left: equal.node.left, right: equal.node.right }
  return { node: { kind: 'not', type: 'bool', nullable: false, operand: distinct } }
}

/** What cannot be compared at all (engine-spec H24). */
export function refusal(nodes: readonly Typed[]): Exclude<Compared, { node: Typed }> | undefined {
  const closed = nodes.filter((node) => !isOpen(node))
  if (closed.some((node) => node.type === 'json'))
    return { code: 'JSON_NOT_COMPARABLE', problem: "json values cannot be compared. Take a value out with JSON_VALUE(…, '$.name')." }
  if (closed.some((node) => isArray(node.type)))
    return { code: 'ARRAY_NOT_COMPARABLE', problem: 'Arrays cannot be compared. Use ARRAY_CONTAINS, or take an item out with array[1].' }
  return undefined
}

/** Exact numbers are compared as they are, whatever their scales. */
function comparable(left: Typed, right: Typed): readonly [Typed, Typed] | undefined {
  if (isOpen(left)) return isOpen(right) ? [left, right] : [literal(right.type, null), right]
  if (isOpen(right)) return [left, literal(left.type, null)]
  if (isExact(left.type) && isExact(right.type)) return [left, right]
  const type: LogicalType | undefined = commonType([left.type, right.type])
  return type === undefined ? undefined : [converted(left, type), converted(right, type)]
}
