/**
 * Where control groups (cgroup v2) of runs can be made: only where this process has a part of the tree to itself. Pure;
 * what the kernel shows is handed in.
 *
 * No group may have both processes and groups with limits in it, so the server lies in a leaf of its own beside those of
 * runs. systemd puts it there (`DelegateSubgroup=server`); in a container, whose part of the tree is all its own, the
 * server moves what is in it there itself.
 */
import { posix } from 'node:path'

/** The leaf in which the server lies. */
export const SERVER_GROUP = 'server'
/** Without these there is nothing to limit by. */
export const NEEDED_CONTROLLERS = ['memory', 'pids'] as const

export type CgroupPlace =
  /** `base`: absolute, groups of runs lie in it. `moves`: what lies in it itself has to go to the server's leaf first. */
  | { readonly kind: 'place'; readonly base: string; readonly moves: boolean }
  /** A sentence's end: why there are none, and what to do about it. */
  | { readonly kind: 'none'; readonly reason: string }

export interface KernelView {
  /** `/proc/self/cgroup` */
  readonly self: string
  /** `/proc/self/mountinfo` */
  readonly mounts: string
  /** The file of a group, by its absolute path; null = there is none, or it cannot be read. */
  read(path: string): string | null
  isWritable(path: string): boolean
}

const AS_SERVICE = 'run it as a service with Delegate= and DelegateSubgroup=server (deploy/belay.service, systemd 254 or later)'

export function cgroupPlace(view: KernelView): CgroupPlace {
  const mount = mountOf(view.mounts)
  if (mount === null) return none('the system shows no control groups of version 2')
  const path = /^0::(.*)$/m.exec(view.self)?.[1]
  const own = path === undefined ? null : below(mount.root, path)
  if (own === null) return none('the group of this process lies outside of what is shown here')
  const inLeaf = posix.basename(own) === SERVER_GROUP
  const base = posix.join(mount.at, inLeaf ? posix.dirname(own) : own)
  // Only the root of the whole machine has no type.
  if (view.read(posix.join(base, 'cgroup.type')) === null) return none(`this process has no group of its own: ${AS_SERVICE}`)
  if (!inLeaf && own !== '/') return none(`its group is not handed over to it: ${AS_SERVICE}`)
  const controllers = (view.read(posix.join(base, 'cgroup.controllers')) ?? '').trim().split(/\s+/)
  const missing = NEEDED_CONTROLLERS.filter((name) => !controllers.includes(name))
  if (missing.length > 0) return none(`${missing.join(' and ')} cannot be limited in its group: ${AS_SERVICE}`)
  const closed = ['', 'cgroup.procs', 'cgroup.subtree_control'].find((name) => !view.isWritable(posix.join(base, name)))
  if (closed !== undefined)
    return none(
      `${posix.join(base, closed)} cannot be written to: ${own === '/' ? 'mount /sys/fs/cgroup writable in the container (--cgroupns private and a writable mount), or do without' : AS_SERVICE}`,
    )
  return { kind: 'place', base, moves: !inLeaf }
}

function none(reason: string): CgroupPlace {
  return { kind: 'none', reason }
}

interface Mount {
  readonly at: string
  /** Which group is mounted there. */
  readonly root: string
}

function mountOf(mounts: string): Mount | null {
  for (const line of mounts.split('\n')) {
    const [fields, filesystem] = line.split(' - ')
    const [, , , root, at] = fields.split(' ')
    if (filesystem?.startsWith('cgroup2 ') === true && root !== undefined && at !== undefined)
      return { at: unescaped(at), root: unescaped(root) }
  }
  return null
}

/** `path` as seen from `root`; null = it lies outside. */
function below(root: string, path: string): string | null {
  if (root === '/') return path.startsWith('/..') ? null : path
  if (path === root) return '/'
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
