/** Which level of isolation this machine permits: found out once, by trying (`isolation.ts`). */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { IsolationLevel } from '@belay/run'
import { EngineError } from '../operator/engineError.ts'
import { launchCommand, PROGRAM_NAMES, type IsolationTools, type SystemPath } from './isolation.ts'

export interface IsolationChoice {
  readonly level: IsolationLevel
  /** Why it is not `namespace`, and what to do about it; null = it is. */
  readonly reason: string | null
}

export const ISOLATION_WISHES = ['auto', 'none', 'process', 'namespace'] as const

export type IsolationWish = (typeof ISOLATION_WISHES)[number]

const PROGRAM_FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']
const TOP_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64']
const SYSTEM_PATHS: readonly { readonly path: string; readonly use: SystemPath['use'] }[] = [
  ...['/usr', '/nix/store', '/gnu/store', '/etc/ld.so.cache', '/etc/localtime', '/dev/null', '/dev/urandom'].map((path) => ({
    path,
    use: 'always' as const,
  })),
  ...['resolv.conf', 'hosts', 'host.conf', 'nsswitch.conf', 'gai.conf', 'services', 'ssl', 'pki', 'ca-certificates', 'crypto-policies'].map(
    (name) => ({ path: `/etc/${name}`, use: 'network' as const }),
  ),
]
/** A run has some ten threads and two for each container. */
export const TASK_LIMIT = 2048
/** The first kernel that counts tasks by user namespace. */
const COUNTS_BY_NAMESPACE = [5, 14] as const
const LEAST_MEMORY_BYTES = 4 * 1_073_741_824
const MEMORY_SHARE = 0.8
const PROBE_TIMEOUT_MS = 10_000

let known: IsolationTools | null = null

/** Of this machine; looked up once. */
export function isolationTools(): IsolationTools {
  known ??= {
    node: realpathSync(process.execPath),
    permissionFlag: process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
    // Where Node guards the network too, it stays open here: the control socket counts as network.
    nodeFlags: ['--allow-net', '--disable-sigusr1'].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag)),
    programs: programs(),
    rootLinks: Object.fromEntries(
      TOP_FOLDERS.filter((path) => existsSync(path)).map((path) => [path, lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null]),
    ),
    systemPaths: SYSTEM_PATHS.filter(({ path }) => existsSync(path)).map(({ path, use }) => ({
      path,
      source: realpathSync(path),
      kind: statSync(path).isDirectory() ? 'folder' : 'file',
      use,
    })),
    taskLimit: countsByNamespace() ? TASK_LIMIT : null,
    memoryBytes: Math.max(LEAST_MEMORY_BYTES, Math.floor(totalmem() * MEMORY_SHARE)),
  }
  return known
}

function programs(): IsolationTools['programs'] {
  const found = PROGRAM_NAMES.map((name) => [name, PROGRAM_FOLDERS.map((folder) => join(folder, name)).find((path) => isExecutable(path))])
  return found.every(([, path]) => path !== undefined)
    ? (Object.fromEntries(found) as Record<(typeof PROGRAM_NAMES)[number], string>)
    : null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function countsByNamespace(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  return major > COUNTS_BY_NAMESPACE[0] || (major === COUNTS_BY_NAMESPACE[0] && minor >= COUNTS_BY_NAMESPACE[1])
}

let best: IsolationChoice | null = null

/** Error: ISOLATION_UNAVAILABLE, if more is wished for than there is. */
export function chooseIsolation(wish: IsolationWish): IsolationChoice {
  if (wish === 'none') return { level: 'none', reason: 'it was started with --isolation none' }
  if (wish === 'process' && process.platform === 'linux') return { level: 'process', reason: 'it was started with --isolation process' }
  best ??= bestIsolation()
  if (wish === 'auto' || wish === best.level) return best
  throw new EngineError(
    'ISOLATION_UNAVAILABLE',
    `Runs cannot be isolated by ${wish} on this machine: ${best.reason ?? ''}. Use --isolation auto to take what there is.`,
  )
}

function bestIsolation(): IsolationChoice {
  if (process.platform !== 'linux') return { level: 'none', reason: 'only Linux has what it takes' }
  const tools = isolationTools()
  if (tools.programs === null) return { level: 'process', reason: `one of ${PROGRAM_NAMES.join(', ')} is missing: install util-linux` }
  const folder = realpathSync('/usr')
  const { file, args } = launchCommand('namespace', tools, { readable: [], writable: [], network: false, folder }, [], ['--version'])
  const tried = spawnSync(file, args, { env: {}, encoding: 'utf8', timeout: PROBE_TIMEOUT_MS })
  if (tried.status === 0 && tried.stdout.trim() === process.version) return { level: 'namespace', reason: null }
  const why = (tried.error?.message ?? tried.stderr).trim().split('\n').at(-1) ?? ''
  return {
    level: 'process',
    reason: `the system does not let this user make namespaces (${why === '' ? `code ${String(tried.status)}` : why}). In a container, or where the kernel is set so (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns), that is to be expected`,
  }
}
