import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { parseConfig } from './platform/config.ts'
import { OperatorError } from './platform/explain.ts'

/** The password, from COMPTOIR_PASSWORD or typed at the terminal. Throws `OperatorError` without. */
export async function askPassword(): Promise<string> {
  const given = parseConfig(process.env).commandLine.password
  if (given) return given
  if (!process.stdin.isTTY)
    throw new OperatorError('Set COMPTOIR_PASSWORD, or run this in a terminal that can ask for the password.')
  return typePassword(process.stdin, process.stdout)
}

/** The code of the second factor, typed at the terminal. Throws `OperatorError` without one. */
export async function askCode(): Promise<string> {
  if (!process.stdin.isTTY)
    throw new OperatorError('This account has a second factor: give a code with --code, or run this in a terminal.')
  return typePassword(process.stdin, process.stdout, 'Code')
}

/** Asks for a password, or a code, at a terminal, where it is not shown. Throws `OperatorError` when Ctrl-C or Ctrl-D is pressed. */
export async function typePassword(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  what: 'Password' | 'Code' = 'Password',
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, written) => written() })
  const terminal = createInterface({ input, output: nowhere, terminal: true })
  output.write(`${what}: `)
  try {
    return await new Promise((resolve, reject) => {
      terminal.once('close', () => reject(new OperatorError(`No ${what.toLowerCase()} was given.`)))
      terminal.question('').then(resolve, reject)
    })
  } finally {
    terminal.close()
    output.write('\n')
  }
}
