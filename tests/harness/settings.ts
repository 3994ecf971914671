import { inOwnTransaction } from '../../server/platform/database.ts'
import { nobody } from '../../server/platform/identifiers.ts'
import { changePlatformSetting, type Setting } from '../../server/settings/index.ts'
import { withClient } from './postgres.ts'
import type { TestClient, TestServer } from './server.ts'

/** Sets a setting of the installation as `comptoir settings set` does; undefined unsets it. */
export function setPlatform(
  server: Pick<TestServer, 'database' | 'product'>,
  setting: Setting,
  value: unknown,
  environment = '',
) {
  return withClient(server.database.ownerUrl, (client) =>
    inOwnTransaction(client, nobody, () =>
      changePlatformSetting(client, server.product.settings, {
        setting,
        environment,
        value: value === undefined ? undefined : { given: value },
        from: undefined,
      }),
    ),
  )
}

/** Sets a setting of a tenant or a branch over the version that is there; undefined unsets it. */
export async function setHere(client: TestClient, name: string, value: unknown, place: { branch_id?: string } = {}) {
  const { version } = await client.call('settings.get-setting', { name, ...place })
  return value === undefined
    ? client.call('settings.unset-setting', { name, version, ...place })
    : client.call('settings.set-setting', { name, version, value: value as never, ...place })
}
