/** What takes longest begins first: at the end no worker waits for one that has only just begun. */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take ten seconds and more; the rest goes by size as usual. */
const LONG = [
  'packages/operators/test/nexmark/nexmark.test.ts',
  'packages/engine/test/logExploration.test.ts',
  'packages/engine/test/simulation.test.ts',
  'packages/engine/test/mutants.test.ts',
  'packages/engine/test/logSoak.test.ts',
  'apps/server/test/poison.test.ts',
  'apps/server/test/partitions.test.ts',
  'apps/server/test/commandLine.test.ts',
  'apps/server/test/supervision.test.ts',
  'apps/server/test/faultsOfOperators.test.ts',
  'apps/server/test/seenUnderPressure.test.ts',
  'apps/server/test/examples.test.ts',
  'apps/server/test/runs.test.ts',
  'apps/server/test/pipelineTests.test.ts',
  'apps/server/test/rowErrors.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.indexOf(relative(this.ctx.config.root, moduleId))
      return at < 0 ? LONG.length : at
    }
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder
    return usual.toSorted((one, other) => group(one) - group(other) || rank(one) - rank(other))
  }
}
