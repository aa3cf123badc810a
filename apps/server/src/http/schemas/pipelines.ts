/** What is wrong with a document, as JSON Schema; the interfaces are those of packages/pipeline. */
import { Type } from 'typebox'

const PlaceSchema = Type.Object({
  operator: Type.Optional(Type.String()),
  port: Type.Optional(Type.String()),
  stream: Type.Optional(Type.String()),
  parameter: Type.Optional(Type.String()),
  configPath: Type.Optional(Type.String({ description: "JSON pointer into the operator's config" })),
  range: Type.Optional(
    Type.Object({ from: Type.Integer(), to: Type.Integer() }, { description: 'Half-open character range within the text at configPath' }),
  ),
})

export const ProblemsSchema = Type.Object({
  problems: Type.Array(
    Type.Object({
      code: Type.String(),
      severity: Type.Unsafe<'error' | 'warning' | 'info'>({ type: 'string', enum: ['error', 'warning', 'info'] }),
      message: Type.String(),
      place: PlaceSchema,
      fixes: Type.Array(
        Type.Object({ kind: Type.String(), label: Type.String() }, { description: 'A change to the document that removes the problem' }),
      ),
    }),
  ),
})
