#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { commands } from './cli-commands.ts'
import { ClientError } from './platform/client.ts'
import { explain, UsageError } from './platform/explain.ts'

const [, , word = 'help', ...rest] = process.argv
const name = ['--help', '-h'].includes(word) ? 'help' : word
const found = Object.hasOwn(commands, name) ? commands[name] : undefined
if (!found) {
  process.stderr.write(`There is no command ${name}.\n\n${usage()}`)
  process.exit(2)
}

try {
  const { values, positionals } = parse(rest, found.options)
  process.exitCode = (await found.run(values, positionals)) ?? 0
} catch (error) {
  if (error instanceof ClientError) process.stderr.write(`${JSON.stringify(error.problem, null, 2)}\n`)
  else process.stderr.write(`${explain(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage()}`, { cause: error })
  }
}

function usage(): string {
  const lines = Object.values(commands).map(({ synopsis, summary }) => `  comptoir ${synopsis.padEnd(53)} ${summary}`)
  return `${lines.join('\n')}\n`
}
