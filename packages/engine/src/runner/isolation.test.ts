import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { launchCommand, type IsolationTools, type Reach } from './isolation.ts'
import { chooseIsolation, isolationTools } from './isolationChoice.ts'

const TOOLS: IsolationTools = {
  node: '/opt/node/bin/node',
  permissionFlag: '--permission',
  nodeFlags: [],
  programs: Object.fromEntries(
    ['unshare', 'mount', 'umount', 'pivot_root', 'setpriv', 'prlimit', 'mkdir', 'ln'].map((name) => [name, `/usr/bin/${name}`]),
  ) as NonNullable<IsolationTools['programs']>,
  rootLinks: { '/bin': 'usr/bin' },
  systemPaths: [
    { path: '/usr', source: '/usr', kind: 'folder', use: 'always' },
    { path: '/etc/hosts', source: '/run/hosts', kind: 'file', use: 'network' },
  ],
  taskLimit: 100,
  memoryBytes: 4 * 1_073_741_824,
}
const REACH: Reach = {
  readable: [
    { path: '/code', kind: 'folder' },
    { path: '/code/inner', kind: 'folder' },
  ],
  writable: [{ path: "/home/it's/runs/r 1", kind: 'folder' }],
  network: false,
  folder: "/home/it's/runs/r 1",
}

test('H11 a run is given its own files, and the network only where it needs one', () => {
  const { file, args } = launchCommand('namespace', TOOLS, REACH, ['--x'], ['entry.js', 'folder'])
  expect(file).toBe('/usr/bin/unshare')
  expect(args).toContain('--net')
  const script = args[args.indexOf('-c') + 1] ?? ''
  expect(script).not.toContain('/etc/hosts')
  // Inside what is there already nothing is mounted again; spaces and quotes hold.
  expect(script).not.toContain('/code/inner none')
  expect(script).toContain(`/home/it'\\''s/runs/r\\0401 /sys/home/it'\\''s/runs/r\\0401 none rbind,rw`)
  expect(args.slice(-3)).toEqual(['--x', 'entry.js', 'folder'])
  const guarded = launchCommand('process', TOOLS, REACH, ['--x'], ['entry.js', 'folder']).args
  expect(guarded).toContain("--allow-fs-write=/home/it's/runs/r 1/")
  expect(guarded.filter((argument) => argument.startsWith('--allow-fs-write'))).toHaveLength(1)
  expect(args).not.toContain('--permission')
  const open = launchCommand('namespace', TOOLS, { ...REACH, network: true }, [], ['entry.js'])
  expect(open.args).not.toContain('--net')
  expect(open.args[open.args.indexOf('-c') + 1]).toContain('/run/hosts /sys/etc/hosts none rbind,ro')
  expect(launchCommand('none', TOOLS, REACH, ['--x'], ['entry.js'])).toEqual({ file: TOOLS.node, args: ['--x', 'entry.js'] })
})

const permitted = process.platform === 'linux' && chooseIsolation('auto').level === 'namespace'

test.skipIf(!permitted)('H11 the namespace holds by itself', () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'belay-isolation-')))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  for (const name of ['run', 'other']) mkdirSync(join(base, name))
  for (const name of ['run', 'other']) writeFileSync(join(base, name, 'file'), name)
  const victim = spawn('sleep', ['60'], { stdio: 'ignore' })
  onTestFinished(() => void victim.kill('SIGKILL'))
  const tries = {
    'read its own file': `fs.readFileSync(${JSON.stringify(join(base, 'run', 'file'))}, 'utf8')`,
    'write its own file': `fs.writeFileSync(${JSON.stringify(join(base, 'run', 'new'))}, '1') ?? true`,
    'read a file of others': `fs.readFileSync(${JSON.stringify(join(base, 'other', 'file'))}, 'utf8')`,
    'read it through a link': `(fs.symlinkSync('../other/file', 'link'), fs.readFileSync('link', 'utf8'))`,
    'read passwords': `fs.readFileSync('/etc/passwd', 'utf8').length`,
    'read it through the first process': `fs.readFileSync('/proc/1/root/etc/passwd', 'utf8').length`,
    'write to programs': `fs.writeFileSync('/usr/written', '1') ?? true`,
    'write to the root': `fs.writeFileSync('/written', '1') ?? true`,
    'see others': `fs.existsSync('/proc/${victim.pid}/stat')`,
    'signal others': `process.kill(${victim.pid}, 'SIGKILL')`,
    mount: `child_process.spawnSync('/usr/bin/mount', ['-t', 'tmpfs', 'x', '/usr']).status === 0`,
    'go to another namespace': `child_process.spawnSync('/usr/bin/nsenter', ['-t', '1', '-m', 'true']).status === 0`,
    'become somebody else': `(process.setgid(12345), process.getgid() === 12345)`,
    'see a network': `Object.keys(os.networkInterfaces()).length > 0`,
    'change the kernel': `fs.writeFileSync('/proc/sys/kernel/hostname', 'x') ?? true`,
    'reach a device': `fs.openSync('/dev/sda', 'r') > 0`,
  }
  const program = `const tries = {${Object.entries(tries)
    .map(([name, text]) => `${JSON.stringify(name)}: () => ${text}`)
    .join(',')}}
    const open = Object.keys(tries).filter((name) => { try { return tries[name]() !== false } catch { return false } })
    console.log(JSON.stringify(open))`
  const { file, args } = launchCommand(
    'namespace',
    isolationTools(),
    { readable: [], writable: [{ path: join(base, 'run'), kind: 'folder' }], network: false, folder: join(base, 'run') },
    [],
    ['-e', program],
  )
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: {} })
  expect([stderr, JSON.parse(stdout)]).toEqual(['', ['read its own file', 'write its own file']])
  expect(victim.exitCode).toBeNull()
})

test('H11 a user without rights reaches a namespace as root does, also among mounts as systemd makes them for a service', (context) => {
  if (process.getuid?.() !== 0 || chooseIsolation('auto').level !== 'namespace')
    return context.skip('only root can play another user, and only where there are namespaces')
  const reach: Reach = { readable: [], writable: [], network: false, folder: realpathSync('/usr') }
  const { file, args } = launchCommand('namespace', isolationTools(), reach, [], ['--version'])
  const service = [
    'set -e',
    'mount --bind /usr /usr',
    'mount -o remount,bind,ro,nosuid /usr',
    'mount --bind /dev/null /dev/null',
    'mount -o remount,bind,nosuid,noexec /dev/null',
    'exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"',
  ].join('\n')
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', service, 'sh', file, ...args], { env: {}, encoding: 'utf8' })
  expect([stdout.trim(), stderr]).toEqual([process.version, ''])
})
