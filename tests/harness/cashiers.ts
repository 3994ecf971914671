import { employ } from './counts.ts'
import { enrollDevice } from './devices.ts'
import { clientOf, type TestClient, type TestOwner, type TestServer } from './server.ts'

/** A device with its credential. */
export interface SharedTill {
  readonly id: string
  readonly credential: string
}

/** A device at a register of its own, in the branch of the owner unless another is named. */
export function shareTill(
  { client, branchId }: TestOwner,
  at = branchId,
): Promise<Awaited<ReturnType<typeof enrollDevice>>> {
  return enrollDevice({ client, branchId: at })
}

/** Somebody with a ready-made role and a PIN. */
export async function employWithPin(
  server: TestServer,
  owner: TestOwner,
  { role, pin, branchIds }: { role: string; pin: string; branchIds?: string[] },
): Promise<{ id: string; client: TestClient }> {
  const employee = await employ(server, owner, role, branchIds ? { branch_ids: branchIds } : null)
  await employee.client.call('tenants.set-till-pin', { pin })
  return employee
}

/** Switches in by PIN, with nothing but what the device has, and answers with a client of that session. */
export async function switchIn(
  server: Pick<TestServer, 'url'>,
  { id, credential }: SharedTill,
  { employeeId, pin }: { employeeId: string; pin: string },
) {
  const asked = { device_id: id, credential, employee_id: employeeId, pin }
  const { body, headers } = await clientOf(server).request('cashiers.switch-cashier', asked)
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return {
    session: body as { session_id: string; permissions: string[] },
    cookie,
    client: clientOf(server, { cookie }),
  }
}
