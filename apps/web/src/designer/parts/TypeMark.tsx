/** A column's type as two characters in mono and a colour (ui.md §5). */
import { typeNameOf, type LogicalType, type TypeName } from '@belay/columns'

const MARKS: Readonly<Record<TypeName, string>> = {
  bool: '01',
  int64: '12',
  float64: '1.5',
  decimal: '.00',
  string: 'Aa',
  timestamp: 'ts',
  date: 'dd',
  interval: '+t',
  json: '{}',
  array: '[]',
}

export function TypeMark({ type }: { readonly type: LogicalType }) {
  const name = typeNameOf(type)
  return (
    <span className={`ds-ty ds-ty-${name}`} title={type}>
      <span aria-hidden="true">{MARKS[name]}</span>
      <span className="rn-hidden">{type}</span>
    </span>
  )
}
