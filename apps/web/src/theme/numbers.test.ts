import { describe, expect, test } from 'vitest'
import { ago, bytes, count, duration, eventTime, percent, plural, rate, twoDigits, uptime, whole, windowName } from './numbers.ts'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

describe('numbers as the screen says them', () => {
  test('thousands are set apart by no-break spaces', () => {
    expect(whole(1_204_331)).toBe('1\u00a0204\u00a0331')
    expect(whole(999)).toBe('999')
    expect(windowName(1204)).toBe('w\u00a01\u00a0204')
  })

  test('rates and counts keep three significant digits', () => {
    expect([0, 285, 1_960, 264_000, 1_420_000].map((value) => plain(rate(value)))).toEqual([
      '0 /s',
      '285 /s',
      '1.96 k/s',
      '264 k/s',
      '1.42 M/s',
    ])
    expect([9_999, 10_000, 3_000_000].map((value) => plain(count(value)))).toEqual(['9 999', '10.0 k', '3.00 M'])
    expect(plain(bytes(48_200_000))).toBe('48.2 MB')
    expect(plain(percent(0.186))).toBe('19 %')
    expect([0.00852, 1, 12.4].map(twoDigits)).toEqual(['0.0085', '1.0', '12'])
  })

  test('one window is not "1 windows"', () => {
    expect(plain(plural(1, 'window'))).toBe('1 window')
    expect(plain(plural(0, 'window'))).toBe('0 windows')
  })

  test('durations grow from milliseconds to hours', () => {
    expect([0, 6, 310, 12_400, 125_000, 8_040_000, 60_000, 7_200_000].map((ms) => plain(duration(ms)))).toEqual([
      '0 ms',
      '6 ms',
      '0.31 s',
      '12.4 s',
      '2 min 5 s',
      '2 h 14 min',
      '1 min',
      '2 h',
    ])
    expect(plain(uptime(7_930))).toBe('7 s')
  })

  test('ages are relative up to an hour', () => {
    expect(plain(ago(10_000, 13_000))).toBe('3 s ago')
    expect(plain(ago(0, 120_000))).toBe('2 min ago')
    expect(ago(0, 7_200_000)).toMatch(/\d\d:\d\d:\d\d/)
  })

  test('event times are UTC, to the minute', () => {
    expect(eventTime(Date.UTC(2001, 2, 1, 5))).toBe('2001-03-01 05:00')
  })
})
