import { expect, test } from 'vitest'
import { openStream } from './stream.ts'

const messagesOf = (text: string) =>
  text
    .split('\n\n')
    .filter((message) => message.includes('data: '))
    .map((message) => message.replaceAll('\n', ' ').replace('retry: 3000 ', ''))

function read(stream: ReturnType<typeof openStream>): string {
  return String(stream.body.read() ?? '')
}

test('a stream begins with ready; what changed before that comes after it, under the later number', () => {
  const stream = openStream()
  stream.tell(['sales.sale'], 5)
  expect(stream.body.read()).toBeNull()
  stream.begin(7)
  expect(messagesOf(read(stream))).toEqual([
    'id: 7 event: ready data: {"resources":[]}',
    'id: 7 event: changed data: {"resources":["sales.sale"]}',
  ])
})

test('what a slow reader has not taken becomes one message, and who takes nothing for two beats is given up', () => {
  const stream = openStream()
  stream.begin(0)
  let seq = 0
  while (!stream.body.writableNeedDrain) stream.tell(['sales.sale'], ++seq)
  const full = stream.body.readableLength + stream.body.writableLength
  for (let more = 0; more < 10_000; more++) stream.tell([more % 2 ? 'sales.sale' : 'inventory.level'], ++seq)
  expect(stream.body.readableLength + stream.body.writableLength).toBe(full)
  expect([stream.beat(), stream.beat()]).toEqual([true, false])

  const text = [read(stream), read(stream), read(stream)].join('')
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    const messages = messagesOf(text + read(stream))
    expect(messages.at(-1)).toBe(`id: ${seq} event: changed data: {"resources":["inventory.level","sales.sale"]}`)
    expect(stream.beat()).toBe(true)
  })
})

test('of a reset and changes that wait, the reset is told', () => {
  const stream = openStream()
  stream.tell(['sales.sale'], 1)
  stream.reset(20_000)
  stream.tell(['sales.sale'], 20_001)
  stream.begin(0)
  expect(messagesOf(read(stream))[1]).toBe('id: 20001 event: reset data: {"resources":[]}')
})
