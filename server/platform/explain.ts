import { Refusal } from './refusal.ts'

/** Something an operator can mend; its message is one clear sentence that says how. */
export class OperatorError extends Error {}

/** A command line that cannot be understood; its message shows how to write it. */
export class UsageError extends Error {}

interface SystemError {
  code?: string
  syscall?: string
  address?: string
  port?: number
  hostname?: string
  errors?: SystemError[]
}

/** What to tell the operator: one clear sentence for what they can mend, the whole error for what is our fault. */
export function explain(error: unknown): string {
  if (error instanceof OperatorError || error instanceof UsageError) return error.message
  if (error instanceof Refusal) return explainRefusal(error)
  const { message, stack } = error as Error
  if ((error as SystemError).code === '42501')
    return `The database refuses (${message}): was it made with another DATABASE_ROLE_PREFIX?`
  return explainListening(error as SystemError) ?? explainConnecting(error as SystemError & Error) ?? stack ?? message
}

function explainRefusal({ message, fields = [] }: Refusal): string {
  if (fields.length === 0) return `${message}.`
  return `${message}:\n${fields.map((field) => `  ${field.path}: ${field.message}`).join('\n')}`
}

function explainListening({ code, syscall, address, port }: SystemError): string | undefined {
  if (syscall !== 'listen') return undefined
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use by another program: stop that one, or set PORT to a free one.`
  if (code === 'EACCES') return `This user may not listen on port ${port}: set PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL') return `This machine does not have the address ${address}: set HOST to one that it has.`
  return undefined
}

function explainConnecting(error: SystemError & Error): string | undefined {
  const { code = '', message, hostname, errors: [first] = [error] } = error
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The name ${hostname} is not known (${code}): correct HOST, or the address of the database.`
  }
  if (['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(code)) {
    const where = first?.address ? ` at ${first.address} port ${first.port}` : ''
    return `The database does not answer${where} (${code}): start it, or correct its address.`
  }
  // SQLSTATE classes: wrong sign-in, no such database, too many connections, shutting down.
  if (/^(28|3D|53|57P)[0-9A-Z]+$/.test(code)) return `The database refuses the connection: ${message}.`
  if (/CERT|SELF_SIGNED|UNABLE_TO|^ERR_(TLS|SSL)/.test(code)) {
    return `The certificate of the database is not trusted (${message}): name its authority with sslrootcert, or take another sslmode.`
  }
  if (message === 'The server does not support SSL connections') {
    return 'The database does not speak TLS, which sslmode asks for: turn it on there, or take sslmode=disable.'
  }
  return code === 'EACCES' ? `Not allowed: ${message}.` : undefined
}
