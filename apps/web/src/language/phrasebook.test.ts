import { describe, expect, test } from 'vitest'
import { Phrasebook } from './phrasebook.ts'

const book = new Phrasebook({
  'There is no {1}.': 'Es gibt kein {1}.',
  'There is no column {1}. {2}': 'Es gibt keine Spalte {1}. {2}',
  'Did you mean {1}?': 'Ist {1} gemeint?',
  '{1} of {2} is fed by {3}.': '{3} speist {1} von {2}.',
  'a list': 'eine Liste',
  'Cost: $1 (a+b).': 'Kosten: $1 (a+b).',
  'Write {2,5} for {1}.': 'Für {1} {2,5} schreiben.',
})

describe('phrasebook', () => {
  test('values go from the gaps of one sentence to those of the other, in its order', () => {
    expect(book.say('in1 of join is fed by rows.')).toBe('rows speist in1 von join.')
  })

  test('the pattern that says the most is the one', () => {
    expect(book.say('There is no column x. Y')).toBe('Es gibt keine Spalte x. Y')
    expect(book.say('There is no pipeline.')).toBe('Es gibt kein pipeline.')
  })

  test('a gap may hold a sentence or a piece of one, with its blanks', () => {
    expect(book.say('There is no column dely. Did you mean delay?')).toBe('Es gibt keine Spalte dely. Ist delay gemeint?')
    expect(book.say('There is no a list.')).toBe('Es gibt kein eine Liste.')
  })

  test('signs of patterns and of replacements stand for themselves', () => {
    expect(book.say('Cost: $1 (a+b).')).toBe('Kosten: $1 (a+b).')
    expect(book.say('There is no $& or $1.')).toBe('Es gibt kein $& or $1.')
    expect(book.say('Write {2,5} for x.')).toBe('Für x {2,5} schreiben.')
  })

  test('what no pattern knows is not said', () => {
    expect(book.say('Something else.')).toBeNull()
    expect(book.say('There is no')).toBeNull()
  })
})
