/** `belay backup` and `belay restore-backup`: a home as one file, and back. */
import { resolve } from 'node:path'
import { defineCommand, HOME_OPTION, JSON_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { version } from './version.ts'

const KEY_MISSING =
  'It holds secrets but not their key. Put secrets.key back into that folder (mode 600), or give BELAY_SECRETS_KEY, before pipelines that use them are started.\n'

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

export const backupCommand: Command = defineCommand({
  name: 'backup',
  summary: 'the whole home in one file with checksums, while runs go on',
  usage: 'backup FILE [--with-key] [--home DIR]',
  examples: ['belay backup belay-2026-11-26.backup', 'belay backup /mnt/backups/belay.backup --json'],
  options: {
    'with-key': { type: 'boolean', help: 'with the key of the secrets: who has the file then has the secrets' },
    ...HOME_OPTION,
    ...JSON_OPTION,
  },
  async run(values, [file, ...more]) {
    if (file === undefined || more.length > 0) {
      process.stderr.write(`belay ${backupCommand.usage}\n`)
      return EXIT.invalid
    }
    const { backUp } = await import('../backup/backup.ts')
    const made = await backUp(values.home, file, version(), values['with-key'] === true)
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify(made)}\n`
        : `${made.file}: ${made.files} files, ${megabytes(made.sizeBytes)} unpacked; runs stood still for ${Math.round(made.stillMs)} ms\n`,
    )
    return EXIT.done
  },
})

export const restoreBackupCommand: Command = defineCommand({
  name: 'restore-backup',
  summary: 'a backup into an empty home; runs go on with the next start',
  usage: 'restore-backup FILE [--check] [--home DIR]',
  examples: ['belay restore-backup belay.backup --check', 'belay restore-backup belay.backup --home /var/lib/belay'],
  options: { check: { type: 'boolean', help: 'only read it and check every file in it' }, ...HOME_OPTION, ...JSON_OPTION },
  async run(values, [file, ...more]) {
    if (file === undefined || more.length > 0) {
      process.stderr.write(`belay ${restoreBackupCommand.usage}\n`)
      return EXIT.invalid
    }
    if (values.check === true) {
      const { readArchive } = await import('../backup/archive.ts')
      const found = await readArchive(resolve(file), null)
      process.stdout.write(
        values.json === true
          ? `${JSON.stringify(found)}\n`
          : `${file} is whole: ${found.files} files, ${megabytes(found.sizeBytes)}, made ${new Date(found.head.madeAtMs).toISOString()}\n`,
      )
      return EXIT.done
    }
    const { restoreBackup } = await import('../backup/backup.ts')
    const restored = await restoreBackup(values.home, file)
    const moved =
      restored.into === restored.head.home
        ? ''
        : `It was made of ${restored.head.home}: runs that have not ended go on only there, because they know their files by path.\n`
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify(restored)}\n`
        : `${restored.files} files are in ${restored.into}. Start Belay with belay start.\n${restored.secretsWithoutKey ? KEY_MISSING : ''}${moved}`,
    )
    return EXIT.done
  },
})
