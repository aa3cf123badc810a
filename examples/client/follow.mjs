// Runs the flights example, kills an operator of it, and stops the run once it has recovered.
import { BelayClient, BelayProblem } from 'belay-stream/client'

const belay = new BelayClient({ url: process.env.BELAY_URL ?? 'http://127.0.0.1:4600', token: process.env.BELAY_TOKEN })
try {
  const { id } = await belay.call('openExample', { path: { id: 'flights' } })
  const { runId } = await belay.command('startRun', { body: { pipelineId: id, parameters: { speed: 2000, output: 'home:out' } } })
  let killed = false
  for await (const event of belay.events(runId)) {
    if (event.type === 'committed' && !killed) {
      killed = true
      await belay.command('killOperator', { path: { id: runId, operator: 'hourly' }, body: { hold: false } })
    }
    if (event.type === 'recovered') {
      console.log(`recovered after event ${event.seq}`)
      await belay.command('stopRun', { path: { id: runId }, body: { mode: 'stop' } })
    }
  }
  const { state } = await belay.call('readRun', { path: { id: runId } })
  console.log(`${runId} is ${state}`)
} catch (error) {
  if (!(error instanceof BelayProblem)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
