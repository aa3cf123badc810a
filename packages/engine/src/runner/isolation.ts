/**
 * The command that starts a run's process at a level of isolation. Pure: what there is on this machine is handed in.
 *
 * process: Node's permission model (files of the run only; no children, no native code), no core files, a limit of
 * memory. namespace: `unshare` and a shell make a root of its own in which nothing else is, with processes, and unless
 * it is needed a network, of its own; all capabilities are given up before Node starts. Node's model is not added to
 * that: it would take away the looks into threads, and every sync would need a thread (docs/decisions/0011).
 */
import type { IsolationLevel } from '@belay/run'
import { EngineError } from '../operator/engineError.ts'

/** All of util-linux and coreutils. */
export const PROGRAM_NAMES = ['unshare', 'mount', 'umount', 'pivot_root', 'setpriv', 'prlimit', 'mkdir', 'ln'] as const

type ProgramName = (typeof PROGRAM_NAMES)[number]

/** Programs and files of this machine that the command is made of. */
export interface IsolationTools {
  /** Absolute path of Node. */
  readonly node: string
  /** `--permission`, or what this Node calls it. */
  readonly permissionFlag: string
  /** Flags that are known to this Node, of those that would do harm where they are not. */
  readonly nodeFlags: readonly string[]
  /** Absolute, by name; null = one is missing, so there is no level `namespace`. */
  readonly programs: Readonly<Record<ProgramName, string>> | null
  /** Where `/bin`, `/lib` … lead (`usr/bin`); null = a folder of its own. */
  readonly rootLinks: Readonly<Record<string, string | null>>
  /** Of the system that programs need in any case, or for names and certificates on the network. */
  readonly systemPaths: readonly SystemPath[]
  /** Threads and processes that a run may have, where the system counts them by namespace; null = it does not. */
  readonly taskLimit: number | null
  /** Memory that a run's process may ask for. */
  readonly memoryBytes: number
}

export interface SystemPath {
  readonly path: string
  /** Where it really lies. */
  readonly source: string
  readonly kind: 'file' | 'folder'
  readonly use: 'always' | 'network'
}

/** Everything that the process may reach. Absolute paths. */
export interface Reach {
  readonly readable: readonly ReachedPath[]
  readonly writable: readonly ReachedPath[]
  readonly network: boolean
  /** Where it is started. */
  readonly folder: string
}

export interface ReachedPath {
  readonly path: string
  readonly kind: 'file' | 'folder'
}

export interface LaunchCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** Of what the kernel shows about it, a process reads when it began, and syncs open files by their number. */
const OWN_PROCESS_FILES = ['/proc/self/stat', '/proc/self/fd/', '/proc/sys/kernel/random/boot_id']

/** Without it a signal opens a port for debuggers. */
const NO_DEBUG_SIGNAL = '--disable-sigusr1'

/** There on every Linux and of no use to a run, so a new root can be put over it. */
const NEW_ROOT = '/sys'

/** `entry`: the program and its arguments; at `namespace` one more argument follows, the process's `/proc/self/stat` as others see it. */
export function launchCommand(
  level: IsolationLevel,
  tools: IsolationTools,
  reach: Reach,
  nodeArguments: readonly string[],
  entry: readonly string[],
): LaunchCommand {
  switch (level) {
    case 'none':
      return { file: tools.node, args: [...nodeArguments, ...entry] }
    case 'process':
      return {
        file: '/bin/sh',
        args: [
          '-c',
          `${GOES_FIRST}; ${limits(tools)}; exec "$@"`,
          'belay-run',
          tools.node,
          ...permissions(tools, reach),
          ...nodeArguments,
          ...entry,
        ],
      }
    case 'namespace': {
      if (tools.programs === null)
        throw new EngineError('ISOLATION_UNAVAILABLE', 'There is no level `namespace` here. This is a defect of the engine.')
      return {
        file: tools.programs.unshare,
        args: [
          '--user',
          '--map-root-user',
          '--mount',
          '--pid',
          '--ipc',
          '--uts',
          ...(reach.network ? [] : ['--net']),
          '--fork',
          '--kill-child',
          '/bin/sh',
          '-c',
          namespaceScript(tools, tools.programs, reach),
          'belay-run',
          tools.node,
          ...tools.nodeFlags.filter((flag) => flag === NO_DEBUG_SIGNAL),
          ...nodeArguments,
          ...entry,
        ],
      }
    }
  }
}

/**
 * The command, in a control group before it begins: whoever writes 0 there is in it, with all that it starts. Where the
 * group is gone it begins all the same.
 */
export function inGroup({ file, args }: LaunchCommand, procs: string): LaunchCommand {
  return { file: '/bin/sh', args: ['-c', '{ echo 0 > "$1"; } 2>/dev/null || :; shift; exec "$@"', 'belay-group', procs, file, ...args] }
}

function permissions({ permissionFlag, nodeFlags }: IsolationTools, { readable, writable }: Reach): string[] {
  const text = ({ path, kind }: ReachedPath): string => (kind === 'folder' && !path.endsWith('/') ? `${path}/` : path)
  return [
    permissionFlag,
    '--no-warnings',
    '--allow-worker',
    ...nodeFlags,
    ...OWN_PROCESS_FILES.map((path) => `--allow-fs-read=${path}`),
    ...[...readable, ...writable].map((path) => `--allow-fs-read=${text(path)}`),
    ...writable.map((path) => `--allow-fs-write=${text(path)}`),
  ]
}

function limits({ memoryBytes }: IsolationTools): string {
  return `ulimit -c 0; ulimit -d ${Math.floor(memoryBytes / 1024)}`
}

/** If the machine has no memory left, a run's process goes and not the server that would start it again. */
const GOES_FIRST = '{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null || :'

/**
 * What is made read-only is mounted a second time, and the kernel refuses that if it would take away what was set outside:
 * systemd mounts everything `nosuid` for services, and their devices `noexec`.
 */
function bindOptions(path: string, writable: boolean): string {
  if (writable) return 'rbind,rw'
  return path.startsWith('/dev/') ? 'rbind,ro,nosuid,noexec' : 'rbind,ro,nosuid,nodev'
}

/**
 * The first process of the namespace waits for the second, which is the run: who is first gets no signals, not even
 * of its own. The second reads who it is outside before it cannot see that any more.
 */
function namespaceScript(tools: IsolationTools, programs: Readonly<Record<ProgramName, string>>, reach: Reach): string {
  const { mount, umount, mkdir, ln, pivot_root: pivotRoot, prlimit, setpriv } = programs
  const mounts = mountsOf(tools, reach)
  const inRoot = (path: string): string => quoted(`${NEW_ROOT}${path}`)
  const folders = mounts.map(({ path, kind }) => (kind === 'folder' ? path : path.slice(0, Math.max(1, path.lastIndexOf('/')))))
  const table = mounts.map(
    ({ path, source, writable }) => `${escaped(source)} ${escaped(NEW_ROOT + path)} none ${bindOptions(path, writable)} 0 0\n`,
  )
  return [
    'set -e',
    '(',
    'read -r stat < /proc/self/stat',
    GOES_FIRST,
    `${mount} -t tmpfs -o mode=755,size=1m,nosuid,nodev belay ${NEW_ROOT}`,
    `${mkdir} -p ${[...new Set([...folders, '/proc', '/old'])].map(inRoot).join(' ')}`,
    ...mounts.filter(({ kind }) => kind === 'file').map(({ path }) => `[ -e ${inRoot(path)} ] || : > ${inRoot(path)}`),
    `printf %s ${quoted(`${table.join('')}proc ${NEW_ROOT}/proc proc ro,nosuid,nodev,noexec 0 0\n`)} > ${NEW_ROOT}/mounts`,
    `${mount} -a -T ${NEW_ROOT}/mounts`,
    ...Object.entries(tools.rootLinks).flatMap(([path, to]) => (to === null ? [] : [`${ln} -s ${quoted(to)} ${inRoot(path)}`])),
    `cd ${NEW_ROOT}`,
    `${pivotRoot} . old`,
    `${umount} -l /old`,
    // Named whole: left out, what the system shows of it is taken, also an owner that means nobody in here.
    `${mount} -t tmpfs -o remount,ro,mode=755,size=1m,nosuid,nodev belay /`,
    `cd ${quoted(reach.folder)}`,
    limits(tools),
    `exec ${tools.taskLimit === null ? '' : `${prlimit} --nproc=${tools.taskLimit} `}${setpriv} --no-new-privs --bounding-set=-all --inh-caps=-all "$@" "$stat"`,
    ')',
    'exit $?',
  ].join('\n')
}

interface Mounted extends ReachedPath {
  readonly source: string
  readonly writable: boolean
}

/** Each path once, what lies inside another after it; inside one with the same rights it is there already. */
function mountsOf({ node, rootLinks, systemPaths }: IsolationTools, reach: Reach): readonly Mounted[] {
  const own = (paths: readonly ReachedPath[], writable: boolean): Mounted[] => paths.map((one) => ({ ...one, source: one.path, writable }))
  const wanted: Mounted[] = [
    ...Object.entries(rootLinks).flatMap(([path, to]): Mounted[] =>
      to === null ? [{ path, source: path, kind: 'folder', writable: false }] : [],
    ),
    ...systemPaths
      .filter(({ use }) => use === 'always' || reach.network)
      .map(({ path, source, kind }): Mounted => ({ path, source, kind, writable: false })),
    { path: node, source: node, kind: 'file' as const, writable: false },
    ...own(reach.readable, false),
    ...own(reach.writable, true),
  ].sort((a, b) => a.path.length - b.path.length || Number(b.writable) - Number(a.writable))
  const kept: Mounted[] = []
  for (const one of wanted) {
    const above = kept.findLast(({ path }) => one.path === path || one.path.startsWith(path.endsWith('/') ? path : `${path}/`))
    if (above === undefined || above.writable !== one.writable) kept.push(one)
  }
  return kept
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** As a table of mounts has it. */
function escaped(path: string): string {
  return path.replaceAll(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
