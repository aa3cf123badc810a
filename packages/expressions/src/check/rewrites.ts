/** Functions that evaluate only what they need, as the parts of the language that do. */
import { compared, unlessDistinct } from './comparing.ts'
import { coerce, unify } from './coercion.ts'
import { literal, OPEN_NULL, type Branch, type Typed } from './typed.ts'

/** What a rewritten call is, or what is wrong with its arguments. */
export type Rewritten = { readonly node: Typed } | { readonly problem: string }

export function rewritten(name: string, args: readonly Typed[]): Rewritten {
  switch (name) {
    case 'COALESCE':
    case 'IFNULL': {
      const unified = unify(args)
      if (unified === undefined) return { problem: `All arguments of ${name} must have one type. Cast them with CAST(… AS …).` }
      return { node: { kind: 'coalesce', type: unified[0].type, nullable: unified.every((arg) => arg.nullable), args: unified } }
    }
    case 'IF': {
      const when = coerce(args[0], 'bool')
      if (when === undefined)
        return { problem: `IF needs a bool, but this is a ${args[0].type}. Write a comparison, for example \`… > 0\`.` }
      return chosen('IF', [when], args.slice(1))
    }
    case 'NVL2': {
      const there: Typed = { kind: 'is', type: 'bool', nullable: false, test: 'null', negated: true, operand: args[0] }
      return chosen('NVL2', [there], args.slice(1))
    }
    case 'NULLIF': {
      const equal = compared('=', args[0], args[1])
      if ('problem' in equal) return equal
      const { type } = args[0]
      const branches: Branch[] = [{ when: equal.node, result: literal(type, null) }]
      return { node: { kind: 'case', type, nullable: true, branches, otherwise: args[0] } }
    }
    default:
      return decode(args)
  }
}

/** DECODE(subject, value, result, value, result …, otherwise). NULL equals NULL. */
function decode(args: readonly Typed[]): Rewritten {
  const [subject, ...rest] = args
  const whens: Typed[] = []
  const results: Typed[] = []
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const equal = unlessDistinct(subject, rest[i])
    if ('problem' in equal) return equal
    whens.push(equal.node)
    results.push(rest[i + 1])
  }
  return chosen('DECODE', whens, [...results, rest.length % 2 === 1 ? rest[rest.length - 1] : OPEN_NULL])
}

/** CASE of conditions and one result more than there are of them. */
export function chosen(what: string, whens: readonly Typed[], results: readonly Typed[]): Rewritten {
  const unified = unify(results)
  if (unified === undefined) {
    const types = [...new Set(results.map((result) => result.type))].join(' and ')
    return { problem: `All results of ${what} must have one type, but they are ${types}. Cast them with CAST(… AS …).` }
  }
  const otherwise = unified[unified.length - 1]
  const branches = whens.map((when, i): Branch => ({ when, result: unified[i] }))
  return { node: { kind: 'case', type: otherwise.type, nullable: unified.some((result) => result.nullable), branches, otherwise } }
}
