/** What threads of the run and the process itself print goes to files of the run's folder: without values of secrets. */
import type { RunSecrets } from './runSecrets.ts'

export function maskOutput(secrets: RunSecrets): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (chunk: string | Uint8Array, ...rest: readonly unknown[]) => boolean
    stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('utf8')
      const masked = secrets.mask.text(text)
      // Bytes that are no text stay as they are.
      return write(masked === text ? chunk : masked, ...rest)
    }
  }
}
