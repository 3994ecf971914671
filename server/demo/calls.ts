import type { z } from 'zod'
import type { Product } from '../compose.ts'
import { operationOf } from '../owner.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Caller } from '../platform/operation.ts'
import type { Operations } from '../registry.ts'

/** The server was told to stop; what was done stays, and the next start goes on. */
export class DemoStopped extends Error {}

/** Runs an operation as the client does, by its name and with its types. Throws `Refusal`, and `DemoStopped` once it is told to stop. */
export type Call = <N extends keyof Operations & string>(
  name: N,
  input: z.input<Operations[N]['input']>,
) => Promise<z.output<Operations[N]['output']>>

/** What the demo is made with. */
export interface Maker {
  readonly product: Product
  /** True once the server was told to stop. */
  isStopping(): boolean
}

/** Somebody at work in a tenant of the demo. */
export interface Worker {
  readonly userId: string
  readonly tenantId: string
  readonly employeeId: string
  readonly permissions: readonly string[]
  readonly features: readonly string[]
}

/**
 * Calls of one person in one part of the demo. Each command has a key made of the part and of its turn there, so that whoever
 * makes the part once more, after a crash, gets the answers of what was done, and does the rest: a part asks for the same
 * commands in the same order.
 */
export function callsOf({ product, isStopping }: Maker, caller: Caller, part: string): Call {
  let turn = 0
  return async (name, input) => {
    if (isStopping()) throw new DemoStopped()
    const operation = operationOf(product, name)
    const key = operation.kind === 'query' ? {} : { idempotencyKey: `demo:${part}:${++turn}` }
    const { body } = await product.execute({ operation, input, caller, ...key })
    return body as never
  }
}

/** As `callsOf`, for commands whose turn nobody knows: what to do next is read each time. */
export function freeCallsOf({ product, isStopping }: Maker, caller: Caller): Call {
  return async (name, input) => {
    if (isStopping()) throw new DemoStopped()
    return (await product.execute({ operation: operationOf(product, name), input, caller })).body as never
  }
}

/** The caller that a request of an employee would be. */
export function callerOf(worker: Worker): Caller {
  const { permissions, features, ...who } = worker
  const itself = { sessionId: null, apiKeyId: null, deviceId: null, scope: null }
  return { requestId: uuidv7(), ...itself, ...who, permissions: new Set(permissions), features: new Set(features) }
}
