// The package brings no types; these are the parts in use.
declare module 'autocannon' {
  function autocannon(options: autocannon.Options): autocannon.Run

  namespace autocannon {
    interface Request {
      method?: string
      path?: string
      headers?: Record<string, string>
      body?: string
      setupRequest?: (request: Request) => Request
    }

    interface Options {
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

    interface Run extends Promise<Outcome> {
      on(
        event: 'response',
        listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
      ): void
      stop(): void
    }

    interface Outcome {
      requests: { sent: number }
      statusCodeStats: Record<string, { count: number }>
      errors: number
      timeouts: number
    }
  }

  export = autocannon
}
