import { createInterface } from 'node:readline/promises'
import { parseConfig } from './platform/config.ts'
import { OperatorError } from './platform/explain.ts'

/** The password, from COMPTOIR_PASSWORD or typed at the terminal, where it is not shown. Throws `OperatorError` without. */
export async function askPassword(): Promise<string> {
  const given = parseConfig(process.env).commandLine.password
  if (given) return given
  if (!process.stdin.isTTY)
    throw new OperatorError('Set COMPTOIR_PASSWORD, or run this in a terminal that can ask for the password.')
  const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: true })
  process.stdout.write('Password: ')
  // What is typed is not shown.
  ;(terminal as unknown as { _writeToOutput: (text: string) => void })._writeToOutput = () => {}
  try {
    return await new Promise((resolve, reject) => {
      // Ctrl-C and Ctrl-D close it without an answer.
      terminal.once('close', () => reject(new OperatorError('No password was given.')))
      terminal.question('').then(resolve, reject)
    })
  } finally {
    terminal.close()
    process.stdout.write('\n')
  }
}
