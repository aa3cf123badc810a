/**
 * Parts of an expression that occur more than once are computed once a batch: the subject of a CASE, of
 * BETWEEN, or the same price in three places.
 *
 * A result is reused only if it was computed for all rows; where only some rows are wanted, a copy of
 * the part with memory of its own computes them.
 */
import type { Column } from '@belay/columns'
import { operandsOf, type Typed } from '../check/typed.ts'
import type { Evaluator } from './evaluator.ts'

/** Counts evaluations, so that a result of the batch before is never taken. */
export interface Round {
  id: number
}

/** Nodes by what they compute: equal keys mean equal results. */
export class Occurrences {
  readonly #keys = new Map<Typed, number>()
  readonly #ids = new Map<string, number>()
  readonly #counts = new Map<number, number>()

  constructor(root: Typed) {
    this.#visit(root)
  }

  #visit(node: Typed): number {
    const operands = operandsOf(node).map((operand) => this.#visit(operand))
    const text = `${describe(node)}(${operands.join(' ')})`
    const id = this.#ids.get(text) ?? this.#ids.size
    this.#ids.set(text, id)
    this.#keys.set(node, id)
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
    return id
  }

  /** True if both nodes compute the same. */
  same(a: Typed, b: Typed): boolean {
    return this.#keys.get(a) === this.#keys.get(b)
  }

  /** The key of a node that is worth sharing, or undefined. */
  sharedKey(node: Typed): number | undefined {
    if (node.kind === 'column' || node.kind === 'literal') return undefined
    const key = this.#keys.get(node)
    return key !== undefined && (this.#counts.get(key) ?? 0) > 1 ? key : undefined
  }
}

/** All of a node but its operands. */
function describe(node: Typed): string {
  const data = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'bigint' ? `${each}n` : Object.is(each, -0) ? '-0' : typeof each === 'number' ? String(each) : each,
    )
  switch (node.kind) {
    case 'literal':
      return data(['literal', node.type, node.value])
    case 'column':
      return data(['column', node.name])
    case 'arithmetic':
    case 'compare':
      return data([node.kind, node.type, node.operator])
    case 'is':
      return data(['is', node.test, node.negated])
    case 'in':
      return data(['in', node.values, node.hasNull])
    case 'like':
      return data(['like', node.escape])
    case 'cast':
      return data(['cast', node.type, node.tries])
    case 'call':
      return data(['call', node.entry.name, node.type])
    case 'negate':
    case 'distinct':
    case 'and':
    case 'or':
    case 'not':
    case 'case':
    case 'coalesce':
      return `${node.kind} ${node.type}`
  }
}

/** One computation that several places read. */
export class Shared {
  readonly #round: Round
  readonly #compile: () => Evaluator
  readonly #whole: Evaluator
  #computed = -1
  #column: Column | undefined

  constructor(round: Round, compile: () => Evaluator) {
    this.#round = round
    this.#compile = compile
    this.#whole = compile()
  }

  /** The evaluator for one of the places. */
  place(): Evaluator {
    let own: Evaluator | undefined
    return {
      run: (batch, errors, active) => {
        if (this.#computed === this.#round.id && this.#column !== undefined) return this.#column
        if (active !== undefined) {
          own ??= this.#compile()
          return own.run(batch, errors, active)
        }
        this.#column = this.#whole.run(batch, errors, undefined)
        this.#computed = this.#round.id
        return this.#column
      },
    }
  }
}
