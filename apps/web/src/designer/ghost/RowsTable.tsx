/** Example rows: columns with their types; what changed against the row before is marked. */
import type { Schema, Value } from '@belay/columns'
import { COLUMN_DRAG } from '../forms/ExpressionInput.tsx'
import { TypeMark } from '../parts/TypeMark.tsx'
import { valueText } from './valueText.ts'
import { t } from '../../language/t.ts'

export interface RowsTableProps {
  readonly caption: string
  readonly schema: Schema
  readonly rows: readonly (readonly Value[])[]
  /** Columns that are new or computed. */
  readonly marked?: ReadonlySet<string>
  /** Rows that do not go on. */
  readonly dropped?: ReadonlySet<number>
}

const NUMERIC: ReadonlySet<string> = new Set(['int64', 'float64'])

function alignment(type: string): string | undefined {
  return NUMERIC.has(type) || type.startsWith('decimal') ? 'rn-n' : undefined
}

export function RowsTable({ caption, schema, rows, marked, dropped }: RowsTableProps) {
  return (
    <table className="ds-rows">
      <caption className="rn-hidden">{caption}</caption>
      <thead>
        <tr>
          {schema.map((field) => (
            <th
              key={field.name}
              scope="col"
              className={alignment(field.type)}
              data-marked={marked?.has(field.name) === true ? '' : undefined}
              draggable
              title={t('{type}; drag it into an expression', { type: field.type })}
              onDragStart={(event) => event.dataTransfer.setData(COLUMN_DRAG, field.name)}
            >
              <TypeMark type={field.type} /> {field.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i} data-dropped={dropped?.has(i) === true ? '' : undefined}>
            {schema.map((field, k) => (
              <td
                key={field.name}
                className={alignment(field.type)}
                data-marked={marked?.has(field.name) === true ? '' : undefined}
                data-null={row[k] === null ? '' : undefined}
              >
                {valueText(row[k], field.type)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
