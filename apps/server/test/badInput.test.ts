import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, test } from 'vitest'
import { belay, type Finished, PROCESSES } from './support/belay.ts'
import { copying, numbers } from './support/documents.ts'

interface Case {
  /** By name in the working folder; what is no text is JSON. */
  readonly files?: Readonly<Record<string, unknown>>
  readonly args: readonly string[]
  /** 2 unless said otherwise. */
  readonly code?: number
  readonly words: RegExp
}

const CSV = { 'rows.csv': 'name,size\na,1\n' }

function flightsWith(column: string): unknown {
  const flights = JSON.parse(readFileSync(join(import.meta.dirname, '../../../examples/flights.json'), 'utf8'))
  flights.operators[0].config.columns.push({ name: column, type: 'string', nullable: false })
  return flights
}

const [source, ...others] = numbers().operators

const CASES: Readonly<Record<string, Case>> = {
  'no file': { args: ['run'], words: /belay run takes one file, or --resume RUNID/ },
  'a file that is not there': { args: ['run', 'none.json'], words: /There is no file none\.json\. .*\(FILE_NOT_FOUND\)/ },
  'a folder': { args: ['run', '.'], words: /is a folder\. Name the pipeline's file in it\. \(FILE_UNREADABLE\)/ },
  'JSON that breaks in line 3': {
    files: { 'x.json': '{\n  "format": 1,\n  "id" "x"\n}' },
    args: ['run', 'x.json'],
    words: /x\.json is not JSON: line 3, column 8: a colon should be here, not "\\"".*\(DOCUMENT_INVALID\)/,
  },
  'JSON that ends too early': {
    files: { 'x.json': '{\n  "format": 1,\n' },
    args: ['validate', 'x.json'],
    words: /line 3, column 1: the text ends where/,
  },
  'something else than a pipeline': {
    files: { 'x.json': [1, 2] },
    args: ['run', 'x.json'],
    words: /A pipeline is a JSON object.*\(DOCUMENT_INVALID\)/,
  },
  'a pipeline with a part missing': {
    files: { 'x.json': { ...numbers(), operators: undefined } },
    args: ['run', 'x.json'],
    words: /error DOCUMENT_SHAPE at pipeline:.*operators/s,
  },
  'a document from a newer version': {
    files: { 'x.json': { ...numbers(), format: 7 } },
    args: ['run', 'x.json'],
    words: /has format 7; this version of Belay reads up to 1\. Update Belay to open it\. \(DOCUMENT_NEWER\)/,
  },
  'an unknown operator type': {
    files: { 'x.json': { ...numbers(), operators: [{ ...source, type: 'teleport' }, ...others] } },
    args: ['run', 'x.json'],
    words: /error UNKNOWN_OPERATOR_TYPE at source: .*teleport.*Update Belay,.* or remove it/,
  },
  'a parameter that does not exist': {
    files: { 'x.json': numbers() },
    args: ['run', 'x.json', '--set', 'sped=1'],
    words: /--set sped=1: use name=value with one of speed\. Did you mean speed\? \(PARAMETERS_INVALID\)/,
  },
  'a parameter of the wrong type': {
    files: { 'x.json': numbers() },
    args: ['run', 'x.json', '--set', 'speed=fast'],
    words: /speed is a number, and "fast" is not\. .*\(PARAMETERS_INVALID\)/,
  },
  'a switch that is none': {
    files: { 'x.json': copying() },
    args: ['run', 'x.json', '--set', 'header=yes'],
    words: /header is true or false, not "yes"/,
  },
  'an input that is not there': {
    files: { 'x.json': copying() },
    args: ['run', 'x.json', '--set', 'input=missing.csv'],
    words: /error FILE_NOT_FOUND at rows \/file: cwd:missing\.csv is not there\. Put the file there, or choose another\./,
  },
  'an input that is a folder': {
    files: { 'x.json': copying() },
    args: ['run', 'x.json', '--set', 'input=.'],
    words: /error FILE_NOT_FOUND at rows \/file: .* is not a file/,
  },
  'a column that is missing': {
    files: { 'x.json': copying(), 'rows.csv': 'name,length\na,1\n' },
    args: ['run', 'x.json'],
    words:
      /error COLUMN_NOT_IN_FILE at rows \/columns: cwd:rows\.csv has no column size\. It has: name, length\. Read the columns from the file again\./,
  },
  'a column that is missing in a Parquet file': {
    files: { 'x.json': flightsWith('carrier') },
    args: ['run', 'x.json'],
    words: /COLUMN_NOT_IN_FILE at flights \/columns: demo:flights-3m\.parquet has no column carrier\. It has: date, delay,/,
  },
  'a file that is no Parquet file': {
    files: { 'x.json': flightsWith('carrier'), 'fake.parquet': 'PAR1 and nothing more' },
    args: ['run', 'x.json', '--set', 'input=fake.parquet'],
    words: /error FILE_UNREADABLE at flights \/columns: cwd:fake\.parquet: The file cannot be read: .*Check that it is there and whole\./,
  },
  'an output that is in the way': {
    files: { 'x.json': copying(), ...CSV, out: 'a file' },
    args: ['run', 'x.json'],
    words: /error FILE_NOT_WRITABLE at out \/folder: cwd:out cannot be written: .*\/out is a file, not a folder\. Choose another folder\./,
  },
  'an output that is read-only': {
    files: { 'x.json': copying(), ...CSV },
    args: ['run', 'x.json', '--set', 'output=demo:out'],
    words: /error FILE_READ_ONLY at out \/folder: demo:out lies in a root that cannot be written to/,
  },
  'a file name that leaves its root': {
    files: { 'x.json': copying(), ...CSV },
    args: ['run', 'x.json', '--set', 'input=home:../secret.csv'],
    words: /error FILE_NAME_REFUSED at rows \/file: "home:\.\.\/secret\.csv" leaves its root/,
  },
  'an unknown run': { args: ['run', '--resume', 'none'], words: /There is no run none\. .*\(RUN_UNKNOWN\)/ },
  'an unknown option': { args: ['run', 'x.json', '--fast'], words: /Unknown option '--fast'\. See belay run --help\./ },
  'a file without columns, where the document leaves them out': {
    files: {
      'x.yaml': 'id: x\noperators: [{ id: rows, type: csv-source, config: { file: empty.csv } }]\nstreams: []',
      'empty.csv': '',
    },
    args: ['run', 'x.yaml'],
    words: /rows: no columns of \S+empty\.csv: No columns were found in the file\. Choose/,
  },
  'an option with a slip': {
    args: ['run', 'x.json', '--qiet'],
    words: /Unknown option '--qiet'\. Did you mean --quiet\? See belay run --help\./,
  },
  'a command with a slip': { args: ['strat'], words: /there is no command strat\. Did you mean start\? `belay help` lists them\./ },
  'help for a command that is none': { args: ['help', 'fly'], words: /there is no command fly\. `belay help` lists them\./ },
  'an unknown command': { args: ['fly'], words: /there is no command fly\. `belay help` lists them\./ },
  'a port that is none': { args: ['start', '--port', '70000'], words: /--port 70000 is not a port/ },
  'a server that is not there': {
    args: ['list', '--url', 'http://127.0.0.1:9'],
    code: 1,
    words: /No Belay server answers at .*belay start.*\(SERVER_UNREACHABLE\)/,
  },
  'a home that cannot be made': {
    files: { file: '' },
    args: ['start', '--home', 'file/home'],
    code: 1,
    words: /file\/home cannot be written to: .*Choose another folder with --home or BELAY_HOME\. \(HOME_NOT_WRITABLE\)/,
  },
  'a database that is none': {
    files: { 'home/belay.db': 'this is no database, and long enough to be looked at as one: '.repeat(40) },
    args: ['start', '--port', '0'],
    code: 1,
    words: /belay\.db cannot be used: .*Restore it from a backup, or move it away.*\(DATABASE_DAMAGED\)/,
  },
}

async function inFolder<T>(files: Readonly<Record<string, unknown>>, work: (folder: string, home: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-bad-input-'))
  const home = join(folder, 'home')
  mkdirSync(home)
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
    return await work(folder, home)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test.concurrent.each(Object.entries(CASES))(
  '%s is told in words, with a code and what to do next',
  async (_what, { files, args, code, words }) => {
    await inFolder(files ?? {}, async (folder, home) => {
      const result: Finished = await belay(args, { cwd: folder, env: { BELAY_HOME: home } })
      expect(result.stderr).toMatch(words)
      expect(result.code).toBe(code ?? 2)
      expect(result.stdout).toBe('')
      // Nothing has begun.
      expect(existsSync(join(home, 'runs'))).toBe(false)
    })
  },
)

test('a database of a newer Belay is left alone', PROCESSES, async () => {
  await inFolder({}, async (_folder, home) => {
    const database = new Database(join(home, 'belay.db'))
    database.exec('PRAGMA user_version = 99')
    database.close()
    const { code, stderr } = await belay(['start', '--port', '0', '--home', home])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/was written by a newer Belay.*Update Belay.*\(DATABASE_NEWER\)/)])
  })
})

test('an unreadable file and a folder that is not writable', PROCESSES, async () => {
  if (process.getuid?.() === 0) {
    console.log('skipped: rights do not hold for root')
    return
  }
  await inFolder({ 'x.json': copying(), ...CSV }, async (folder, home) => {
    const options = { cwd: folder, env: { BELAY_HOME: home } }
    chmodSync(join(folder, 'rows.csv'), 0)
    expect((await belay(['run', 'x.json'], options)).stderr).toMatch(/error FILE_UNREADABLE at rows \/file/)
    chmodSync(join(folder, 'rows.csv'), 0o600)
    mkdirSync(join(folder, 'locked'), { mode: 0o500 })
    expect((await belay(['run', 'x.json', '--set', 'output=locked/out'], options)).stderr).toMatch(
      /error FILE_NOT_WRITABLE at out \/folder/,
    )
  })
})

test('with --json the problem is on stdout, for programs', PROCESSES, async () => {
  await inFolder({ 'x.json': copying() }, async (folder, home) => {
    const { code, stdout, stderr } = await belay(['run', 'x.json', '--home', home, '--json'], { cwd: folder })
    expect([code, stderr]).toEqual([2, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'PIPELINE_HAS_ERRORS', problems: [{ code: 'FILE_NOT_FOUND', place: { operator: 'rows', configPath: '/file' } }] },
    })
    expect(readdirSync(home)).toEqual(['files'])
  })
})
