import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withPlaces } from '@belay/pipeline'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { helpOf } from '../src/cli/command.ts'
import { COMMANDS, help } from '../src/cli/commands.ts'
import {
  belay,
  pidOf,
  runProcesses,
  spawnBelay,
  startRun,
  testHome,
  testServer,
  until,
  untilEvent,
  untilState,
  PROCESSES,
} from './support/belay.ts'
import { copying, numbers } from './support/documents.ts'

let folder: string
let home: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-cli-test-'))
  const made = folder
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  home = testHome()
})

function write(name: string, document: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document, null, 2))
  return path
}

function ids(path: string): number[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => (JSON.parse(line) as { id: number }).id)
}

const evenIds = (rows: number): number[] => Array.from({ length: rows / 2 }, (_, i) => i * 2)

describe('belay run', () => {
  test('finishes, commits, and prints one line of JSON', PROCESSES, async () => {
    const file = write('numbers.json', numbers({ rows: 3000 }))
    const { code, stdout, stderr } = await belay(['run', file, '--set', 'speed=0', '--home', home, '--quiet', '--json'])
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.split('\n')
    expect(lines).toHaveLength(2)
    const result = JSON.parse(lines[0])
    expect(Object.keys(result)).toEqual(['runId', 'state', 'rowsIn', 'rowsOut', 'committedWindow', 'wallSeconds', 'outputs'])
    // Rows of both sinks: the file and the table.
    expect(result).toMatchObject({ state: 'finished', rowsIn: 3000, rowsOut: 3000 })
    expect(result.committedWindow).toBeGreaterThan(0)
    expect(result.outputs.length).toBeGreaterThan(0)
    for (const path of result.outputs) expect(existsSync(path)).toBe(true)
    expect(ids(join(home, 'files', 'numbers'))).toEqual(evenIds(3000))
    expect(runProcesses(home)).toEqual([])
  })

  test('tells people in a line each', PROCESSES, async () => {
    const file = write('numbers.json', numbers({ rows: 100 }))
    const { code, stdout } = await belay(['run', file, '--set', 'speed=0', '--home', home])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^numbers-\d{6}-\d{4}-[0-9a-f]{4} finished after [\d.]+ s: 100 rows in, 100 rows out, window \d+ committed\n\/.*\.jsonl\n/,
    )
  })

  test('reads columns that a document by hand leaves out from its files, and tells of settings that there are not', PROCESSES, async () => {
    writeFileSync(join(folder, 'orders.csv'), 'id;amount;at\n1;10.5;2026-01-01T00:00:00Z\n2;3;2026-01-01T00:01:00Z\n')
    const file = write(
      'orders.yaml',
      [
        'id: orders',
        'operators:',
        '  - { id: orders, type: csv-source, config: { file: orders.csv, fellow: true } }',
        '  - { id: big, type: filter, config: { condition: amount > 5 } }',
        '  - { id: out, type: file-sink, config: { folder: home:big, name: big } }',
        'streams: [{ from: orders, to: big }, { from: big.true, to: out }]',
      ].join('\n'),
    )
    const { code, stderr } = await belay(['run', file, '--home', home])
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/orders: columns of \S+:orders\.csv: id int64, amount float64, at timestamp\.\n/),
    ])
    expect(stderr).toContain('warning: orders: fellow is no setting of CSV file and does nothing. Did you mean follow?\n')
    expect(ids(join(home, 'files', 'big'))).toEqual([1])
  })

  test('takes plain paths, of the document and of --set, in the working folder and elsewhere, through links too', PROCESSES, async () => {
    writeFileSync(join(folder, 'rows.csv'), 'name,size\na,1\nb,2\n')
    const file = write('copying.json', copying())
    expect((await belay(['run', file, '--home', home], { cwd: folder })).code).toBe(0)
    expect(readdirSync(join(folder, 'out')).some((name) => name.endsWith('.jsonl'))).toBe(true)

    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(join(elsewhere, 'data'), { recursive: true })
    writeFileSync(join(elsewhere, 'data', 'other.csv'), 'name,size\nc,3\n')
    symlinkSync(join(elsewhere, 'data', 'other.csv'), join(folder, 'linked.csv'))
    const set = ['--set', 'input=linked.csv', '--set', `output=${join(elsewhere, 'out')}`, '--set', 'word=x/y']
    const { code, stderr, stdout } = await belay(['run', file, '--home', home, '--quiet', '--json', ...set], { cwd: folder })
    expect([code, stderr]).toEqual([0, ''])
    const [path] = (JSON.parse(stdout) as { outputs: string[] }).outputs
    expect(path.startsWith(join(elsewhere, 'out'))).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('{"name":"c","size":"3"}\n')
    // Only files are paths: other texts that look like one stay as they are.
    const runs = readdirSync(join(home, 'runs')).map((run) => readFileSync(join(home, 'runs', run, 'run.json'), 'utf8'))
    expect(runs.some((run) => (JSON.parse(run) as { request: { parameters: { word?: string } } }).request.parameters.word === 'x/y')).toBe(
      true,
    )
  })

  test('restarts its process when that is killed, and the output is whole', PROCESSES, async () => {
    const file = write('numbers.json', numbers({ rows: 4000, rowsPerSecond: 3000 }))
    const run = spawnBelay(['run', file, '--home', home, '--json'])
    onTestFinished(() => void run.child.kill('SIGKILL'))
    const [pid] = await until('its process', () => {
      const found = runProcesses(home)
      return found.length === 1 && existsSync(join(home, 'files', 'numbers')) && found
    })
    await until('a commit', () => readdirSync(join(home, 'files', 'numbers')).some((name) => name.endsWith('.jsonl')))
    process.kill(pid, 'SIGKILL')
    const { code, stderr } = await run.finished
    expect([code, stderr]).toEqual([0, expect.stringContaining('The run process died and was started again.\n')])
    expect(ids(join(home, 'files', 'numbers'))).toEqual(evenIds(4000))
    expect(runProcesses(home)).toEqual([])
  })

  test('the first Ctrl-C stops gracefully: what was read is committed, exit 130', PROCESSES, async () => {
    const file = write('numbers.json', numbers())
    const run = spawnBelay(['run', file, '--home', home, '--json'])
    await until('output', () => existsSync(join(home, 'files', 'numbers')) && ids(join(home, 'files', 'numbers')).length > 0)
    run.child.kill('SIGINT')
    const { code, stdout, stderr } = await run.finished
    expect([code, stderr]).toEqual([130, expect.stringContaining('Stopping after the next checkpoint; once more leaves at once.\n')])
    const result = JSON.parse(stdout) as { state: string; rowsOut: number }
    expect(result.state).toBe('stopped')
    const found = ids(join(home, 'files', 'numbers'))
    expect(found).toEqual(evenIds(found.length * 2))
    expect(result.rowsOut).toBe(found.length * 2)
    expect(runProcesses(home)).toEqual([])
  })

  test('the second leaves at once and says how to go on; --resume finishes the run, whole', PROCESSES, async () => {
    const file = write('numbers.json', numbers({ rows: 6000, rowsPerSecond: 4000 }))
    const run = spawnBelay(['run', file, '--home', home])
    await until('output', () => existsSync(join(home, 'files', 'numbers')) && ids(join(home, 'files', 'numbers')).length > 0)
    // A process that hangs cannot stop; who is in a hurry does not wait for it.
    const [pid] = runProcesses(home)
    process.kill(pid, 'SIGSTOP')
    run.child.kill('SIGINT')
    await until('the first answer', () => run.stderr().includes('Stopping'))
    run.child.kill('SIGINT')
    const { code, stderr } = await run.finished
    expect(code).toBe(130)
    const runId = /belay run --resume (\S+)\n$/.exec(stderr)?.[1] ?? ''
    expect(readdirSync(join(home, 'runs'))).toEqual([runId])
    expect(runProcesses(home)).toEqual([])

    const resumed = await belay(['run', '--resume', runId, '--home', home, '--json'])
    expect([resumed.code, (JSON.parse(resumed.stdout) as { state: string }).state]).toEqual([0, 'finished'])
    expect(ids(join(home, 'files', 'numbers'))).toEqual(evenIds(6000))
    // What has finished stays so.
    const again = await belay(['run', '--resume', runId, '--home', home, '--json'])
    expect([again.code, (JSON.parse(again.stdout) as { state: string }).state]).toEqual([0, 'finished'])
  })

  test('goes on by itself when the command line is killed, and is taken up again with --resume', PROCESSES, async () => {
    const file = write('numbers.json', numbers({ rows: 6000, rowsPerSecond: 3000 }))
    const run = spawnBelay(['run', file, '--home', home])
    await until('output', () => existsSync(join(home, 'files', 'numbers')) && ids(join(home, 'files', 'numbers')).length > 0)
    run.child.kill('SIGKILL')
    await run.finished
    const [runId] = readdirSync(join(home, 'runs'))
    const pid = pidOf(home, runId)
    expect(runProcesses(home)).toEqual([pid])
    const resumed = await belay(['run', '--resume', runId, '--home', home, '--json'])
    expect(resumed.code).toBe(0)
    expect(ids(join(home, 'files', 'numbers'))).toEqual(evenIds(6000))
  })

  test('a run that failed tells why, exits with 1, and goes on with --resume when the cause is gone', PROCESSES, async () => {
    writeFileSync(join(folder, 'rows.jsonl'), '{"n":1}\n{"n":2}\nnot json\n{"n":4}\n')
    const document = copying()
    document.operators[0] = {
      ...document.operators[0],
      type: 'json-lines-source',
      config: {
        file: './rows.jsonl',
        columns: [{ name: 'n', type: 'int64', nullable: false }],
        eventTime: null,
        outOfOrderMs: 0,
        rowsPerSecond: 0,
        follow: false,
      },
      onRowError: 'fail',
    }
    document.parameters = { output: document.parameters['output'] }
    const file = write('copying.json', document)
    const failed = await belay(['run', file, '--home', home, '--json'], { cwd: folder })
    expect(failed.code).toBe(1)
    const { runId, state, reason } = JSON.parse(failed.stdout) as { runId: string; state: string; reason: string }
    expect(state).toBe('failed')
    expect(reason).toMatch(/line 3/)
    expect(failed.stderr).toContain(`When the cause is gone: belay run --resume ${runId}`)
    const source = document.operators[0].id
    expect(failed.stderr).toContain(`Rows that ${source} cannot process can be left out: give it "onRowError": "skip"`)
    expect(runProcesses(home)).toEqual([])

    const lenient = write('lenient.json', {
      ...document,
      operators: [{ ...document.operators[0], onRowError: 'skip' }, document.operators[1]],
    })
    const around = await belay(['run', lenient, '--home', home, '--set', 'output=./around', '--quiet'], { cwd: folder })
    expect(around.stdout).toContain(`${source}: 1 bad row left out, the last: line 3: it is not JSON\n`)

    writeFileSync(join(folder, 'rows.jsonl'), '{"n":1}\n{"n":2}\n{"n": 3 }\n{"n":4}\n')
    const resumed = await belay(['run', '--resume', runId, '--home', home, '--quiet', '--json'], { cwd: folder })
    expect([resumed.code, resumed.stderr]).toEqual([0, ''])
    const written = readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.jsonl'))
    expect(written.map((name) => readFileSync(join(folder, 'out', name), 'utf8')).join('')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n')
  })
})

describe('belay validate', () => {
  test('exits with 0 if nothing is wrong, with 2 and every problem in its place otherwise', PROCESSES, async () => {
    const good = await belay(['validate', write('good.json', numbers()), '--home', home])
    expect([good.code, good.stdout.split('\n').at(-2)]).toEqual([0, 'valid'])
    // Nothing can be found in an empty file of JSON lines, and nothing has to be: its columns are declared.
    writeFileSync(join(folder, 'empty.jsonl'), '')
    const declared = { file: './empty.jsonl', columns: [{ name: 'n', type: 'int64', nullable: false }] }
    const empty = { id: 'empty', operators: [{ id: 'rows', type: 'json-lines-source', config: declared }], streams: [] }
    expect((await belay(['validate', write('empty.json', empty), '--home', home])).stdout).not.toContain('FILE_UNREADABLE')
    const document = numbers()
    document.operators[1].config['condition'] = 'id % 2 = '
    document.operators[3] = { ...document.operators[3], type: 'teleport' }
    const bad = await belay(['validate', write('bad.json', document), '--home', home])
    expect(bad.code).toBe(2)
    expect(bad.stdout).toMatch(/^error UNKNOWN_OPERATOR_TYPE at table: /m)
    expect(bad.stdout).toMatch(/^error \w+ at some \/condition \[\d+, \d+\): /m)
    expect(bad.stdout).toMatch(/^\d+ errors\n$/m)
    const json = await belay(['validate', write('bad.json', document), '--json'])
    expect((JSON.parse(json.stdout) as { problems: { code: string }[] }).problems.map(({ code }) => code)).toContain(
      'UNKNOWN_OPERATOR_TYPE',
    )
  })

  test.each(['flights', 'fan-out', 'growing-log', 'log-folder', 'posted-orders'])('the example %s is valid', PROCESSES, async (name) => {
    const { code, stdout } = await belay(['validate', join(import.meta.dirname, '../../../examples', `${name}.json`), '--home', home])
    expect([code, stdout.split('\n').at(-2)]).toEqual([0, 'valid'])
  })
})

describe('help', () => {
  test('lists the commands', PROCESSES, async () => {
    const { code, stdout } = await belay(['--help'])
    expect([code, stdout]).toEqual([0, help()])
    expect([...stdout.matchAll(/^ {2}belay (\S+)/gm)].map(([, name]) => name)).toEqual(COMMANDS.map(({ name }) => name))
    expect((await belay(['kill', '--help'])).stdout).toBe((await belay(['help', 'kill'])).stdout)
  })

  test.each(COMMANDS)('of $name tells its options, examples and the exit codes', (command) => {
    const text = helpOf(command)
    expect(text.split('\n')[0]).toBe(`belay ${command.usage}`)
    for (const name of Object.keys(command.options)) expect(text).toContain(`--${name}`)
    expect(Object.keys(command.options)).toContain('json')
    expect(command.examples.length).toBeGreaterThan(0)
    for (const example of command.examples) expect(example).toMatch(new RegExp(`belay ${command.name}`))
    expect(text).toMatch(/Exit codes: 0 done, 1 failed, 2 invalid input, 3 needs a decision, 130 interrupted/)
  })
})

describe('with a server', () => {
  test('runs are listed, shown, killed, held, restored, followed and stopped', PROCESSES, async () => {
    const server = await testServer(home)
    const at = ['--home', home]
    const runId = await startRun(server, numbers())
    await untilEvent(server, runId, 0, (event) => event.type === 'committed')
    expect((await belay(['list', ...at])).stdout).toBe(`${runId}  running  Numbers\n`)
    expect(JSON.parse((await belay(['list', '--json', ...at])).stdout)).toMatchObject([{ runId }])
    expect((await belay(['show', runId, ...at])).stdout).toMatch(
      / running\ncommitted w \d+ of \d+, lineage 1, attempt 1\n {2}source +running +w \d+/,
    )
    expect((await belay(['checkpoints', runId, ...at])).stdout).toMatch(/^\d+ {2}w \d+ {2}2.* bytes in \d+ ms\n/)
    expect((await belay(['kill', runId, 'some', '--preview', ...at])).stdout).toMatch(/these restart:\n {2}some +killed/)

    const follow = spawnBelay(['events', runId, '-f', '--json', ...at])
    expect((await belay(['kill', runId, 'some', '--hold', ...at])).stdout).toBe('accepted\n')
    await untilState(server, runId, 'degraded')
    const again = await belay(['kill', runId, 'some', ...at])
    expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/Restore it instead\. \(OPERATOR_DOWN\)/)])
    expect((await belay(['restore', runId, 'some', ...at])).code).toBe(0)
    await untilState(server, runId, 'running')
    expect((await belay(['stop', runId, ...at])).code).toBe(0)
    await untilState(server, runId, 'stopped')
    const { code, stdout } = await follow.finished
    expect(code).toBe(0)
    const seqs = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq)
    expect(seqs).toEqual(seqs.map((_seq, i) => i + 1))
    expect(stdout).toContain('"state":"stopped"')
    const unknown = await belay(['show', 'none', ...at])
    expect([unknown.code, unknown.stderr]).toEqual([2, 'belay: There is no run none. Look at the list of runs. (RUN_UNKNOWN)\n'])
  })
})

describe('pipelines as files, and the shell', () => {
  test('an imported pipeline exports as it was; another one takes its place only when told to', PROCESSES, async () => {
    await testServer(home)
    const at = ['--home', home]
    const first = write('numbers.json', numbers())
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await belay([...args, ...at])
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused('export', 'numbers')).toContain('PIPELINE_UNKNOWN')
    expect(JSON.parse((await belay(['import', first, '--json', ...at])).stdout)).toEqual({ id: 'numbers', version: 1 })
    expect(JSON.parse((await belay(['export', 'numbers', ...at])).stdout)).toEqual(withPlaces(numbers()))

    const second = write('other.json', { ...numbers(), name: 'Other numbers' })
    expect(await refused('import', second)).toContain('--replace')
    expect(JSON.parse((await belay(['import', second, '--replace', '--json', ...at])).stdout)).toEqual({ id: 'numbers', version: 2 })
    expect(await refused('export', 'numbers', first)).toContain('--force')
    expect((await belay(['export', 'numbers', first, '--force', ...at])).code).toBe(0)
    expect(JSON.parse(readFileSync(first, 'utf8'))).toMatchObject({ name: 'Other numbers' })
  })

  test('bash completes commands, and options of each', PROCESSES, async () => {
    const { stdout } = await belay(['completion', 'bash'])
    const script = write('completion.bash', stdout)
    const completed = (...words: readonly string[]): string[] =>
      execFileSync('bash', [
        '-c',
        `source ${script}; COMP_WORDS=(belay ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _belay; echo "\${COMPREPLY[*]}"`,
      ])
        .toString()
        .trim()
        .split(' ')
    expect(completed('resu')).toEqual(['resume'])
    expect(new Set(completed(''))).toEqual(new Set([...COMMANDS.map(({ name }) => name), 'help']))
    expect(completed('kill', '--pre')).toEqual(['--preview'])
    expect(completed('help', 'vali')).toEqual(['validate'])
    expect((await belay(['completion', 'fish'])).code).toBe(2)
  })
})
