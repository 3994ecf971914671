/** Something an operator can mend; its message is one clear sentence that says how. */
export class OperatorError extends Error {}

/** A command line that cannot be understood; its message shows how to write it. */
export class UsageError extends Error {}

/** What to tell the operator: one clear sentence for what they can mend, the whole error for what is our fault. */
export function explain(error: unknown): string {
  const { code, message, stack } = error as NodeJS.ErrnoException
  if (error instanceof OperatorError || error instanceof UsageError) return message
  if (code === 'EADDRINUSE') return 'The port is in use by another program: stop that one, or set PORT to a free one.'
  if (code === 'EACCES') return `Not allowed: ${message}`
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return `Nothing answers there: ${message}`
  if (code === '28P01' || code === '28000') return `The database refuses the sign-in: ${message}`
  return stack ?? message
}
