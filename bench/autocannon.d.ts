// The package brings no types; these are the parts in use.
declare module 'autocannon' {
  export interface Request {
    method?: string
    path?: string
    headers?: Record<string, string>
    body?: string
    setupRequest?: (request: Request) => Request
  }

  export interface Options {
    url: string
    connections: number
    /** seconds */
    duration: number
    /** milliseconds between two looks at whether the time is up */
    sampleInt: number
    /** seconds */
    timeout: number
    setupClient(client: { setRequests(requests: Request[]): void }): void
  }

  export interface Run extends Promise<Outcome> {
    on(
      event: 'response',
      listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
    ): void
    stop(): void
  }

  export interface Outcome {
    requests: { sent: number }
    statusCodeStats: Record<string, { count: number }>
    errors: number
    timeouts: number
  }

  const autocannon: (options: Options) => Run
  export default autocannon
}
