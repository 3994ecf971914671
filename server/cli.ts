#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { remoteCommands } from './cli-remote.ts'
import type { CliCommand } from './cli-support.ts'
import { ClientError } from './platform/client.ts'
import { explain, UsageError } from './platform/explain.ts'

const [, , word = 'help', ...rest] = process.argv
const name = ['--help', '-h'].includes(word) ? 'help' : word
const found = commandOf(remoteCommands) ?? commandOf(await allCommands())
if (!found) {
  process.stderr.write(`There is no command ${name}.\n\n${await usage()}`)
  process.exit(2)
}

// `comptoir … | head` stops reading; the work, and the PostgreSQL that was started for it, come to their end all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  if (asksForHelp(rest)) process.stdout.write(helpOf(found))
  else {
    const { values, positionals } = await parse(rest, found.options)
    process.exitCode = (await found.run(values, positionals)) ?? 0
  }
} catch (error) {
  if (error instanceof ClientError) process.stderr.write(`${JSON.stringify(error.problem, null, 2)}\n`)
  else process.stderr.write(`${explain(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

/** They load the whole product. */
async function allCommands(): Promise<Record<string, CliCommand>> {
  return (await import('./cli-commands.ts')).commands
}

function commandOf(commands: Record<string, CliCommand>): CliCommand | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

async function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${await usage()}`, { cause: error })
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

function helpOf({ synopsis, summary, options }: CliCommand): string {
  const lines = Object.entries(options).map(([option, { type }]) => `  --${option}${type === 'string' ? ' …' : ''}\n`)
  return `comptoir ${synopsis}\n\n${summary}\n${lines.length === 0 ? '' : `\nOptions:\n${lines.join('')}`}`
}

async function usage(): Promise<string> {
  const lines = Object.values(await allCommands()).map(
    ({ synopsis, summary }) => `  comptoir ${synopsis.padEnd(53)} ${summary}`,
  )
  return `${lines.join('\n')}\n`
}
