/** Stacks and profiles of operators' threads as JSON Schema; the interfaces are those of packages/run. */
import type { ThreadProfile, ThreadStack } from '@belay/run'
import { Type, type Static } from 'typebox'
import type { Same } from './same.ts'

export const ThreadStackSchema = Type.Object({
  instance: Type.String(),
  container: Type.String(),
  at: Type.Union([Type.String(), Type.Null()], {
    description: "Instance whose code it was in, which may be another one of the container; null = the engine's own",
  }),
  frames: Type.Union(
    [
      Type.Array(
        Type.Object({
          name: Type.String(),
          file: Type.String({ description: 'Relative to the installation' }),
          line: Type.Integer(),
          column: Type.Integer(),
        }),
      ),
      Type.Null(),
    ],
    {
      description:
        'Innermost first; null = it did not answer in time: it was inside a system call or native code, or the machine is very busy',
    },
  ),
  waitsIn: Type.Union([Type.String(), Type.Null()], { description: 'What of the kernel it waits in, where that is known' }),
})

true satisfies Same<Static<typeof ThreadStackSchema>, ThreadStack>

const ProfileSchema = Type.Object(
  {
    nodes: Type.Array(
      Type.Object({
        id: Type.Integer(),
        callFrame: Type.Object({
          functionName: Type.String(),
          scriptId: Type.String(),
          url: Type.String(),
          lineNumber: Type.Integer(),
          columnNumber: Type.Integer(),
        }),
        hitCount: Type.Integer(),
        children: Type.Optional(Type.Array(Type.Integer())),
      }),
    ),
    startTime: Type.Number(),
    endTime: Type.Number(),
    samples: Type.Array(Type.Integer()),
    timeDeltas: Type.Array(Type.Integer()),
  },
  { description: 'What a `.cpuprofile` file holds; times in µs' },
)

export const ThreadProfileSchema = Type.Object({ instance: Type.String(), container: Type.String(), profile: ProfileSchema })

true satisfies Same<Static<typeof ThreadProfileSchema>, ThreadProfile>
