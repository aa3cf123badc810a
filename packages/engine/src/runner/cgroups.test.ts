/** On a tree of real folders and files; what only the kernel does (it fills groups, counts kills, refuses) is done by hand. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cgroupPlace, type KernelView } from './cgroupPlace.ts'
import { RunGroups, type GroupFiles } from './cgroups.ts'
import { inGroup } from './isolation.ts'

const LIMITS = { memoryBytes: 1_073_741_824, tasks: 2048 }
const MB = 1_048_576

interface Tree {
  readonly at: string
  readonly groups: RunGroups
  /** Another server's view of the same tree. */
  readonly again: () => RunGroups
}

/** A group that is handed over, with the server in its leaf or, as in a container, in it itself. */
function tree(kind: 'service' | 'container'): Tree {
  const at = mkdtempSync(join(tmpdir(), 'belay-cgroup-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  const base = kind === 'service' ? join(at, 'system.slice/belay.service') : at
  mkdirSync(base, { recursive: true })
  for (const [name, text] of [
    ['cgroup.type', 'domain\n'],
    ['cgroup.controllers', 'cpu memory pids\n'],
    ['cgroup.procs', kind === 'container' ? '1\n7\n' : ''],
    ['cgroup.subtree_control', ''],
  ] as const)
    writeFileSync(join(base, name), text)
  if (kind === 'service') mkdirSync(join(base, 'server'))
  const files: GroupFiles = {
    read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
    isWritable: (path) => existsSync(path),
    write: (path, text) => writeFileSync(path, text, { flag: path.endsWith('cgroup.procs') ? 'a' : 'w' }),
    make: (path) => mkdirSync(path),
    remove: (path) => {
      if (existsSync(join(path, 'cgroup.procs')) && readFileSync(join(path, 'cgroup.procs'), 'utf8') !== '') throw new Error('EBUSY')
      rmSync(path, { recursive: true })
    },
    groups: (path) => readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])),
    madeAtMs: (path) => statSync(path).birthtimeMs,
  }
  const self = kind === 'service' ? '0::/system.slice/belay.service/server\n' : '0::/\n'
  const mounts = `30 24 0:26 / ${at} rw,nosuid - cgroup2 cgroup2 rw\n`
  const make = (): RunGroups => new RunGroups(files, self, mounts)
  return { at: base, groups: make(), again: make }
}

const textOf = (...path: string[]): string => readFileSync(join(...path), 'utf8')

test('a run’s process enters a group of its own with its limits, and nothing is left of it', () => {
  const { at, groups } = tree('service')
  const entered = groups.enter('r1', LIMITS)
  const group = join(at, 'belay-run-r1')
  expect(groups.reason).toBeNull()
  expect(entered).toEqual({ procs: join(group, 'cgroup.procs'), before: null })
  expect(['memory.max', 'memory.oom.group', 'pids.max', 'cpu.weight'].map((name) => textOf(group, name))).toEqual([
    String(LIMITS.memoryBytes),
    '1',
    '2048',
    '50',
  ])
  // What is started by the command is in the group before it is the program.
  const { file, args } = inGroup({ file: process.execPath, args: ['--version'] }, entered?.procs ?? '')
  expect(spawnSync(file, args, { encoding: 'utf8' }).stdout.trim()).toBe(process.version)
  expect(textOf(group, 'cgroup.procs')).toBe('0\n')
  writeFileSync(join(group, 'cgroup.procs'), '')
  expect(groups.leave('r1')).toBeNull()
  expect(existsSync(group)).toBe(false)
})

test('in a container what lies in its group goes to a leaf first: none has both processes and groups with limits', () => {
  const { at, groups } = tree('container')
  expect(groups.enter('r1', LIMITS)).not.toBeNull()
  expect(textOf(at, 'server', 'cgroup.procs')).toBe('17')
  expect(textOf(at, 'cgroup.subtree_control')).toMatch(/cpu/)
})

test('a kill for want of memory is told as what it is: at the end, or by whoever starts the run again, and once', () => {
  const { at, groups, again } = tree('service')
  const events = join(at, 'belay-run-r1', 'memory.events')
  groups.enter('r1', LIMITS)
  writeFileSync(events, 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n')
  expect(groups.leave('r1')).toContain(`the limit of ${LIMITS.memoryBytes / MB} MB of its control group`)
  groups.enter('r1', LIMITS)
  expect(groups.leave('r1')).toBeNull()
  // Nobody saw the end: a server that comes later tells it, before the next process begins.
  groups.enter('r1', LIMITS)
  writeFileSync(events, 'oom_kill 2\n')
  const later = again()
  later.sweep(Date.now() + 60_000)
  expect(later.enter('r1', LIMITS)?.before).toContain('control group')
  expect(later.leave('r1')).toBeNull()
})

test('groups that nobody is in are removed by a server that comes later; those in use and young ones stay', () => {
  const { at, groups, again } = tree('service')
  for (const run of ['over', 'alive']) groups.enter(run, LIMITS)
  writeFileSync(join(at, 'belay-run-alive', 'cgroup.procs'), '4711\n')
  mkdirSync(join(at, 'of-somebody-else'))
  const later = again()
  later.sweep(Date.now())
  expect(readdirSync(at)).toContain('belay-run-over')
  later.sweep(Date.now() + 60_000)
  expect(readdirSync(at).filter((name) => !name.startsWith('cgroup.'))).toEqual(['belay-run-alive', 'of-somebody-else', 'server'])
})

test('where a group cannot be made the run goes on without, and the reason is there', () => {
  const { at, groups } = tree('service')
  expect(groups.reason).toBeNull()
  rmSync(at, { recursive: true })
  expect(groups.enter('r1', LIMITS)).toBeNull()
  expect(groups.reason).toMatch(/does not take the limits/)
  // A group that is gone when the process enters keeps nobody from starting.
  const { file, args } = inGroup({ file: process.execPath, args: ['--version'] }, join(at, 'belay-run-r1', 'cgroup.procs'))
  expect(spawnSync(file, args, { encoding: 'utf8' }).status).toBe(0)
})

const MOUNT = '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw'

test.each<[string, Partial<KernelView>, string]>([
  ['version 1', { mounts: '30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory' }, 'no control groups of version 2'],
  ['the group of the machine', { self: '0::/', read: () => null }, 'no group of its own'],
  ['a session', { self: '0::/user.slice/session-1.scope' }, 'not handed over'],
  ['no memory', { read: (path) => (path.endsWith('controllers') ? 'cpu pids' : '') }, 'memory cannot be limited'],
  ['read-only', { isWritable: () => false }, 'cannot be written to'],
  ['a group above', { mounts: '30 24 0:26 /docker/a /sys/fs/cgroup rw - cgroup2 cgroup2 rw', self: '0::/docker/b' }, 'outside'],
])('no groups: %s', (_name, view, reason) => {
  const whole: KernelView = {
    self: '0::/system.slice/belay.service/server',
    mounts: MOUNT,
    read: (path) => (path.endsWith('controllers') ? 'cpu memory pids' : ''),
    isWritable: () => true,
  }
  expect(cgroupPlace(whole)).toEqual({ kind: 'place', base: '/sys/fs/cgroup/system.slice/belay.service', moves: false })
  const found = cgroupPlace({ ...whole, ...view })
  expect(found.kind === 'none' ? found.reason : 'a place').toContain(reason)
})
