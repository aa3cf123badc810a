/** A first walk through the designer: each step waits for one's own action, and can be passed over. Pure. */
import type { Selection } from '../designerStore.ts'
import { t } from '../../language/t.ts'

/** What a step looks at. */
export interface Seen {
  readonly selection: Selection
  readonly operators: number
  /** Something is open over the drawing: the list of commands, or the run dialog. */
  readonly commandsOpen: boolean
}

export interface TourStep {
  /** The part of the page that it is about. */
  readonly at: 'canvas' | 'inspector' | 'bottom' | 'top'
  readonly title: string
  readonly text: string
  /** Whether one has done it, `before` being how it was when the step began. */
  readonly done: (now: Seen, before: Seen) => boolean
}

export const TOUR: readonly TourStep[] = [
  {
    at: 'canvas',
    title: t('Rows flow from left to right'),
    text: t('Each box is an operator: sources at the left, sinks at the right. Click one.'),
    done: ({ selection }) => selection.kind === 'operators',
  },
  {
    at: 'inspector',
    title: t('What it does is set here'),
    text: t('Help tells what each setting means, Rows shows what goes in and out. Now click the line between two boxes.'),
    done: ({ selection }) => selection.kind === 'stream',
  },
  {
    at: 'canvas',
    title: t('Rows before anything runs'),
    text: t('The card shows example rows of that stream. To add an operator, select one and press Tab. Ctrl-Z takes it back.'),
    done: (now, before) => now.operators > before.operators,
  },
  {
    at: 'bottom',
    title: t('Problems, tests and the text'),
    text: t(
      'What is wrong stands here with its fix; beside it the tests, and the same pipeline as text and SQL. Ctrl-K finds everything: press it.',
    ),
    done: ({ commandsOpen }) => commandsOpen,
  },
  {
    at: 'top',
    title: t('Run it, and break it'),
    text: t('Run starts it. Then choose an operator in the live view and press K: kill it and see that no row is lost.'),
    done: () => false,
  },
]

/** The step to be at: the next one once this one's action was done. */
export function stepAfter(step: number, now: Seen, before: Seen): number {
  return TOUR[step]?.done(now, before) === true ? step + 1 : step
}
