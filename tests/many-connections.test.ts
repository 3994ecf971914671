import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startServerProcess, temporaryDirectory } from './harness/process.ts'
import { until } from './harness/until.ts'

/** More than wait at a server that says nothing of it, and no more than this system lets wait. */
const connections = Math.min(1_500, mostWaiting())

test('as many tills connect at once as the system lets wait, though the server is busy, and each is answered', {
  timeout: 120_000,
}, async () => {
  const directory = await temporaryDirectory()
  const server = await startServerProcess({ DATA_DIR: directory.path })
  const sockets: Socket[] = []
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    process.kill(server.pid, 'SIGCONT')
    await server.end('SIGTERM')
    await directory.remove()
  })
  process.kill(server.pid, 'SIGSTOP')
  const answers = Array.from({ length: connections }, () => firstLineFrom(server.url, sockets))
  await until('all are connected', () => sockets.every((socket) => !socket.connecting))
  process.kill(server.pid, 'SIGCONT')
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['HTTP/1.1 200 OK']))
})

function mostWaiting(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  } catch {
    return 100
  }
}

function firstLineFrom(url: string, sockets: Socket[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  sockets.push(socket)
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  return new Promise((resolve, reject) => {
    socket.once('data', (data) => resolve(data.toString().split('\r\n')[0] ?? ''))
    socket.once('error', reject)
  })
}
