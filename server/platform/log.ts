import { type Logger, pino } from 'pino'

export type Log = Logger

/**
 * Makes the server's log: JSON lines on standard output. Lines carry request and tenant ids; addresses, names, bodies,
 * cookies and tokens are never given to it, and these paths are cut should one slip in.
 */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    redact: {
      paths: [
        '*.password',
        '*.secret',
        '*.token',
        '*.cookie',
        '*.authorization',
        'req.headers',
        'err.parameters',
        'err.detail',
      ],
      censor: '(cut)',
    },
  })
}

/**
 * What the log keeps of an error: where it was thrown, and PostgreSQL's names for what was wrong. Not its message: those
 * quote values, and values can be personal or secret.
 */
export function traceOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const { code, schema, table, column, constraint, routine } = { ...error } as Record<string, unknown>
  const stack = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
  const cause = error.cause === undefined ? undefined : traceOf(error.cause)
  return { type: error.name, code, schema, table, column, constraint, routine, stack, cause }
}
