/** A file sent to the server, with progress; `fetch` tells none of what it sends. */
import { ApiError } from './client.ts'
import { said, t } from '../language/t.ts'

export interface Uploaded {
  /** root:path, as a config takes it. */
  readonly file: string
  readonly sizeBytes: number
}

/** `name` = root:path. `onShare` is told the share that has been sent, 0…1. */
export function uploadFile(name: string, file: File, onShare: (share: number) => void): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', `/api/files?file=${encodeURIComponent(name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.addEventListener('progress', (event) => onShare(event.total === 0 ? 1 : event.loaded / event.total))
    request.addEventListener('error', () =>
      reject(
        new ApiError(
          0,
          'SERVER_UNREACHABLE',
          t('The server does not answer; {file} was not kept. Check that it is running.', { file: file.name }),
          {},
        ),
      ),
    )
    request.addEventListener('load', () => {
      const body = request.response as (Uploaded & { code?: string; detail?: string }) | null
      if (request.status === 201 && body !== null) return resolve(body)
      const detail = body?.detail === undefined ? t('The server answered {status}.', { status: request.status }) : said(body.detail)
      reject(new ApiError(request.status, body?.code ?? 'SERVER_ERROR', detail, {}))
    })
    request.send(file)
  })
}
