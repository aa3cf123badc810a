// `node looker.mjs SCENARIO FOLDER`: a process that looks into a thread of its own and prints what it saw as JSON.
// The inspector of a worker is reached from the main thread alone, and tests run in workers.
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lookAt, profileOf, stackText } from '../../dist/process/threadInspector.js'

/** Far more than it takes, on a machine that is busy. */
const PATIENT_MS = 20_000
const [scenario, folder] = process.argv.slice(2)

/** A thread that runs `body` in a file of its own, with a counter to say that it goes on. */
async function threadOf(name, body) {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `import { readlinkSync, readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
const counter = new Int32Array(workerData)
parentPort.postMessage(readlinkSync('/proc/thread-self'))
${body}
`,
  )
  const memory = new SharedArrayBuffer(4)
  const worker = new Worker(file, { workerData: memory, name: 'container' })
  const osThread = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return { worker, thread: { threadId: worker.threadId, osThread }, counter: new Int32Array(memory) }
}

/** Resolves when the thread has counted on. */
async function movesOn(counter) {
  const before = Atomics.load(counter, 0)
  while (Atomics.load(counter, 0) === before) await new Promise((resolve) => setTimeout(resolve, 1))
}

const SPINS = `
class Node {
  constructor(id) { this.id = id }
  step() { this.spin() }
  spin() { for (;;) Atomics.add(counter, 0, 1) }
}
new Node('own#1').step()
`

const scenarios = {
  async spins() {
    await threadOf('other', 'setInterval(() => Atomics.add(counter, 0, 1), 1)')
    const { thread, counter } = await threadOf('spins', SPINS)
    await movesOn(counter)
    const sight = await lookAt(thread, PATIENT_MS)
    await movesOn(counter)
    return { ...sight, text: stackText(sight.frames) }
  },
  async matches() {
    const { thread } = await threadOf('matches', `function matches() { return /^(a+)+$/.test('a'.repeat(60) + 'b') }\nmatches()`)
    // Until it is there: before, it answers from where it begins.
    for (;;) {
      const { frames } = await lookAt(thread, PATIENT_MS)
      if (frames?.[0]?.name === 'matches') return frames[0]
    }
  },
  async reads() {
    const pipe = join(folder, 'nobody-writes')
    execFileSync('mkfifo', [pipe])
    const { thread } = await threadOf('reads', `readFileSync(${JSON.stringify(pipe)})`)
    // Until it is in there: before, it answers, or waits for something else.
    let sight = await lookAt(thread, 500)
    while (sight.frames !== null || sight.waitsIn === null || sight.waitsIn.startsWith('futex')) sight = await lookAt(thread, 500)
    const refused = await profileOf(thread, 10).catch((error) => error.code)
    // Lets it go: nothing else can end it.
    const writer = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
    unlinkSync(pipe)
    closeSync(writer)
    return { sight, refused }
  },
  /** Looks that run out of time at any point of theirs. */
  async hurries() {
    const { thread, counter } = await threadOf('hurries', SPINS)
    let unanswered = 0
    for (let withinMs = 1; withinMs <= 60; withinMs += 1) {
      if ((await lookAt(thread, withinMs)).frames === null) unanswered += 1
      await movesOn(counter)
    }
    return unanswered
  },
  async works() {
    const { thread, counter } = await threadOf('works', SPINS)
    await movesOn(counter)
    // On a busy machine the sampler does not come each time.
    for (;;) {
      const profile = await profileOf(thread, 300)
      await movesOn(counter)
      if (profile.nodes.some(({ callFrame }) => callFrame.functionName === 'step')) return profile
    }
  },
  async goes() {
    const { worker, thread } = await threadOf('goes', '')
    await worker.terminate()
    return lookAt(thread, PATIENT_MS).catch((error) => error.code)
  },
}

console.log(JSON.stringify(await scenarios[scenario]()))
process.exit(0)
