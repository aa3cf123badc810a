/**
 * What runs of tests consist of: the bundle, as with the server. From the packages, some hundred small files, each
 * thread of a run would spend more time on loading than on its work.
 */
const bundled = (path: string): string => new URL(`../../dist/run/${path}`, import.meta.url).href
const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).href

export const PROGRAMS = {
  manifestsUrl: bundled('operators/manifests.js'),
  runtimeUrl: bundled('operators/runtime.js'),
  processUrl: bundled('process/runProcess.js'),
} as const

/** With an operator more, which fails on a row of one's choice. */
export const WITH_FAULT = {
  ...PROGRAMS,
  manifestsUrl: fixture('operatorsWithFault.mjs'),
  runtimeUrl: fixture('operatorsWithFault.mjs'),
} as const

/** In threads and a process whose wall clock a test sets. */
export const WITH_CLOCK = {
  manifestsUrl: fixture('operatorsWithClock.mjs'),
  runtimeUrl: fixture('operatorsWithClock.mjs'),
  processUrl: fixture('processWithClock.mjs'),
} as const

/** Over a disk that a test can hold. */
export const WITH_SLOW_DISK = { ...PROGRAMS, processUrl: fixture('processWithSlowDisk.mjs') } as const
