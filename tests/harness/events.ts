import { until } from './until.ts'

export interface Event {
  readonly event: string
  readonly id: string
  readonly resources: readonly string[]
}

// holds: a stream of events
export interface Listening {
  readonly status: number
  readonly headers: Headers
  readonly events: readonly Event[]
  /** Everything that came, as it came. */
  text(): string
  readonly ended: Promise<unknown>
  /** Waits until one of the events that came names the noun. */
  told(noun: string): Promise<Event>
  close(): void
}

/** Listens to the events of a tenant until it is closed, or they end. */
export async function listen(
  { url }: { url: string },
  headers: Record<string, string>,
  query: Record<string, string> = {},
): Promise<Listening> {
  const stopping = new AbortController()
  const address = `${url}/v1/events?${new URLSearchParams(query)}`
  const response = await fetch(address, { headers, signal: stopping.signal })
  const events: Event[] = []
  let text = ''
  const read = async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body ?? []) {
      const piece = decoder.decode(chunk, { stream: true })
      text += piece
      const messages = `${rest}${piece}`.split('\n\n')
      rest = messages.pop() ?? ''
      for (const message of messages) if (message.includes('data:')) events.push(eventOf(message))
    }
  }
  const ended = read().catch(() => {})
  if (response.ok) await until('the stream is ready', () => events.length > 0)
  return {
    ...{ status: response.status, headers: response.headers, events, ended },
    text: () => text,
    told: (noun) => until(`an event names ${noun}`, () => events.find(({ resources }) => resources.includes(noun)), 40),
    close: () => stopping.abort(),
  }
}

function eventOf(message: string): Event {
  const fields = new Map(message.split('\n').map((line) => line.split(': ', 2) as [string, string]))
  const { resources } = JSON.parse(message.slice(message.indexOf('data: ') + 'data: '.length))
  return { event: fields.get('event') ?? '', id: fields.get('id') ?? '', resources }
}
