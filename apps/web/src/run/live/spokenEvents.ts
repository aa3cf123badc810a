/** What a run tells in sentences, in the page's language, before anybody reads it. */
import type { RunEvent, RunFigures } from '@belay/run'
import { language } from '../../language/language.ts'
import { said } from '../../language/t.ts'

export function spokenEvents(events: readonly RunEvent[]): readonly RunEvent[] {
  return language === 'en' ? events : events.map(spokenEvent)
}

function spokenEvent(event: RunEvent): RunEvent {
  switch (event.type) {
    case 'failure':
    case 'checkpoint-failed':
    case 'row-error':
    case 'notice':
      return { ...event, message: said(event.message) }
    case 'decision-needed':
      return { ...event, message: said(event.message), choices: event.choices.map(said) }
    case 'run-state':
    case 'recovery-planned':
      return event.reason === undefined ? event : { ...event, reason: said(event.reason) }
    default:
      return event
  }
}

export function spokenFigures(figures: RunFigures): RunFigures {
  return language === 'en' || figures.reason === undefined ? figures : { ...figures, reason: said(figures.reason) }
}
