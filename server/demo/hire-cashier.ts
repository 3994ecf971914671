import { openMail, queuedMail } from '../messaging/index.ts'
import { makePerson, operationOf, personOf } from '../owner.ts'
import type { CommandContext } from '../platform/operation.ts'
import { callerOf, freeCallsOf, type Maker, type Worker } from './calls.ts'
import { known } from './goods.ts'

interface NewCashier {
  readonly email: string
  readonly name: string
  readonly password: string
}

/**
 * Makes an account, invites the person to a place behind the counter, and accepts it for them: the letter with the link is opened here
 * and never sent. Who was hired by an earlier start is the same one.
 */
export async function hireCashier(maker: Maker, owner: Worker, { email, name, password }: NewCashier): Promise<Worker> {
  const call = freeCallsOf(maker, callerOf(owner))
  const { items: roles } = await call('tenants.list-roles', { limit: 200 })
  const role = known(roles, ({ preset }) => preset === 'cashier', 'role of cashiers')
  const userId = await makePerson(maker.product, { email, name, password })
  const place = async () =>
    (await call('tenants.list-employees', { limit: 50 })).items.find((one) => one.display_name === name)
  const before = await place()
  const invited = { email, display_name: name, role_ids: [role.id] }
  if (!before) await accept(maker, userId, await letterOf(maker, owner, 'tenants.add-employee', invited))
  else if (before.status === 'invited')
    await accept(maker, userId, await letterOf(maker, owner, 'tenants.resend-invitation', { id: before.id }))
  const { id: employeeId } = known([await place()], (one) => one?.status === 'active', 'cashier') ?? { id: '' }
  return { userId, employeeId, tenantId: owner.tenantId, permissions: role.permissions, features: owner.features }
}

/** Runs a command that sends an invitation; answers with its text, and lets nobody post it. */
async function letterOf(
  { product }: Maker,
  owner: Worker,
  name: 'tenants.add-employee' | 'tenants.resend-invitation',
  input: unknown,
): Promise<string> {
  const operation = operationOf(product, name)
  if (operation.kind !== 'command') throw new Error(`${name} is a command`)
  const letters: unknown[] = []
  const handle = (context: CommandContext, given: unknown) =>
    operation.handle?.({ ...context, enqueue: (_: unknown, mail: unknown) => letters.push(mail) }, given)
  await product.execute({ operation: { ...operation, handle: handle as never }, input, caller: callerOf(owner) })
  return openMail(product.encryption, queuedMail.parse({ tenant_id: owner.tenantId, ...(letters.at(-1) as object) }))
    .text
}

async function accept(maker: Maker, userId: string, letter: string): Promise<void> {
  const token = /\/invitation#(\S+)/.exec(letter)?.[1] ?? ''
  await freeCallsOf(maker, personOf(userId))('tenants.accept-invitation', { token })
}
