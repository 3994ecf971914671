import type { Operation } from './operation.ts'

/** What an operation answers, whichever way it was called. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** True when this is the stored answer of an earlier, equal command. */
  readonly replayed: boolean
  /** Set by commands that begin a browser's session; null ends it. */
  readonly session?: { token: string; expiresAt: Date } | null
}

/** The answer of an output: parsed by the schema, so that nothing it does not name gets out. */
export function answerOf(operation: Operation, output: unknown): Answer {
  const body = operation.output.parse(output) ?? null
  return { status: body === null ? 204 : successStatus(operation), body, replayed: false }
}

/** The HTTP status of an answer with a body. */
export function successStatus(operation: Operation): number {
  return operation.kind === 'command' && operation.route.startsWith('POST') ? 201 : 200
}
