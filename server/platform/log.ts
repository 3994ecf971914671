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
