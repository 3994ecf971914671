import { type Refused, refusalOf } from '../api.ts'

interface Sending {
  /** The hash by which the server knows the file. */
  readonly done: Promise<{ sha256: string }>
  readonly stop: () => void
}

/** Sends a file as it is, and says from 0 to 1 how much of it is sent. Throws as `call` does. */
export function sendFile(file: File, onProgress: (share: number) => void): Sending {
  // What is sent with fetch does not say how far it is.
  const request = new XMLHttpRequest()
  const done = new Promise<{ sha256: string }>((resolve, reject) => {
    const fail = (refused: Refused) => reject(refusalOf(refused))
    request.open('POST', '/v1/import-files')
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total))
    request.addEventListener('load', () =>
      request.status === 201
        ? resolve(request.response as { sha256: string })
        : fail((request.response as Refused | null) ?? broken),
    )
    for (const event of ['error', 'abort', 'timeout']) request.addEventListener(event, () => fail(broken))
    request.send(file)
  })
  return { done, stop: () => request.abort() }
}

const broken: Refused = { status: 0, code: 'unreachable', detail: 'The server does not answer.' }
