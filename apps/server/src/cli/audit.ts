/** `belay audit verify`: whether the audit log is as it was written. */
import { verifyAudit } from '../audit/auditLog.ts'
import { auditPath, homePath } from '../storage/home.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'

export const auditCommand: Command = defineCommand({
  name: 'audit',
  summary: 'checks that nobody has changed the audit log',
  usage: 'audit verify [FILE]',
  examples: ['belay audit verify', 'belay audit verify belay-audit.jsonl --json'],
  options: { ...JSON_OPTION, ...HOME_OPTION },
  async run(values, [verb, file]) {
    if (verb !== 'verify') {
      process.stderr.write(`belay ${auditCommand.usage}\n`)
      return EXIT.invalid
    }
    const path = file ?? auditPath(homePath(values.home))
    const verdict = verifyAudit(path)
    const text = verdict.intact
      ? `${verdict.entries} entries, intact; the last hash is ${verdict.lastHash || 'none'}\n`
      : `${path} was changed: line ${verdict.line}: ${verdict.reason}\n`
    process.stdout.write(values.json === true ? `${JSON.stringify(verdict)}\n` : text)
    return verdict.intact ? EXIT.done : EXIT.failed
  },
})
