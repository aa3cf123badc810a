/** `belay start`: the server, on loopback, until it is told to stop. Runs go on without it. */
import { spawn } from 'node:child_process'
import { ADDRESS_OPTION, addressesOf } from './addresses.ts'
import { defineCommand, HOME_OPTION, JSON_OPTION, OPERATORS_OPTION, type Command } from './command.ts'
import { EXIT } from './exitCodes.ts'
import { EXPOSURE_OPTIONS, exposureOf } from './exposure.ts'
import { ISOLATION_OPTION, isolationOf } from './isolation.ts'

export const startCommand: Command = defineCommand({
  name: 'start',
  summary: 'the server and the page; on this machine only unless told otherwise',
  usage:
    'start [--port 4600] [--host ADDRESS (--tls-cert FILE --tls-key FILE | --behind-proxy)] [--sign-in] [--oidc FILE] [--home DIR] [--operators DIR] [--open]',
  examples: [
    'belay start',
    'belay start --port 4700 --home ./belay-home',
    'BELAY_OPEN=0 belay start',
    'belay start --operators ./operators',
    'belay start --host 0.0.0.0 --name belay.example.org --tls-cert cert.pem --tls-key key.pem',
  ],
  options: {
    port: { type: 'string', value: 'PORT', help: 'where to listen; 4600 or the next free one by default, 0 = any free one' },
    ...EXPOSURE_OPTIONS,
    oidc: { type: 'string', value: 'FILE', help: 'people sign in at a service as well (OpenID Connect); see the page Security' },
    ...HOME_OPTION,
    ...OPERATORS_OPTION,
    ...ADDRESS_OPTION,
    ...ISOLATION_OPTION,
    open: { type: 'boolean', help: 'open a browser also where there seems to be none' },
    ...JSON_OPTION,
  },
  async run(values, positionals) {
    const port = portOf(values.port)
    if (port === null || positionals.length > 0) {
      process.stderr.write(
        port === null ? `--port ${values.port} is not a port: give a number from 0 to 65535.\n` : `belay ${startCommand.usage}\n`,
      )
      return EXIT.invalid
    }
    const oidc = values.oidc === undefined ? null : (await import('../access/oidc/config.ts')).oidcConfigOf(values.oidc)
    const exposure = exposureOf({ ...values, 'sign-in': values['sign-in'] === true || oidc !== null })
    const allowedAddresses = await addressesOf(values['allow-address'])
    const { serve } = await import('./serve.ts')
    await serve({
      home: values.home,
      port,
      exposure,
      oidc,
      operators: values.operators,
      allowedAddresses,
      isolation: isolationOf(values.isolation),
      listening: ({ url, home, setupUrl }) => {
        const setup =
          setupUrl === null ? '' : `There is no user yet. Open this link once to make the first one, an administrator:\n${setupUrl}\n`
        process.stdout.write(
          values.json === true
            ? `${JSON.stringify({ url, pid: process.pid, home, ...(setupUrl === null ? {} : { setupUrl }) })}\n`
            : `Belay is at ${url}\n${setup}`,
        )
        openBrowser(setupUrl ?? url, values.open === true)
      },
    })
    return EXIT.done
  },
})

/** undefined = not given; null = not a port. */
function portOf(given: string | undefined): number | undefined | null {
  if (given === undefined) return undefined
  const port = Number(given)
  return /^\d{1,5}$/.test(given) && port <= 65_535 ? port : null
}

function openBrowser(address: string, wanted: boolean): void {
  const display =
    process.platform === 'darwin' ||
    process.platform === 'win32' ||
    process.env['DISPLAY'] !== undefined ||
    process.env['WAYLAND_DISPLAY'] !== undefined
  if (!wanted && (process.env['CI'] !== undefined || process.env['BELAY_OPEN'] === '0' || !display)) return
  const command = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open'
  const child = spawn(command, [address], { stdio: 'ignore', detached: true })
  // No browser is no reason to fail: the address is on the screen.
  child.on('error', () => undefined)
  child.unref()
}
