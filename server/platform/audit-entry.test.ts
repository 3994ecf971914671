import { expect, test } from 'vitest'
import { z } from 'zod'
import { auditEntry } from './audit-entry.ts'
import { command } from './operation.ts'

const rename = command({
  name: 'probe.rename',
  route: 'POST /v1/renames',
  summary: 'Rename two things.',
  permission: null,
  input: z.strictObject({ email: z.string().meta({ personal: true }), code: z.string() }),
  output: z.object({ code: z.string(), owner: z.string().meta({ personal: true }) }),
  handle: async () => ({ code: '', owner: '' }),
})
const caller = {
  requestId: 'r',
  userId: 'u',
  sessionId: 's',
  apiKeyId: null,
  tenantId: 't',
  employeeId: 'e',
  permissions: new Set<string>(),
}

test('an entry names every thing a command changed, and personal values by name only', () => {
  const changes = [
    { resource: 'thing', id: '1', old: { code: 'A', owner: 'Amina' }, new: { code: 'B', owner: 'Karim' } },
    { resource: 'thing', id: '2', new: { code: 'C' } },
  ]
  expect(auditEntry(rename, caller, { email: 'a@example.org', code: 'B' }, changes)).toMatchObject({
    event: 'probe.rename',
    actor_id: 'u',
    resource_type: 'thing',
    resource_id: '1',
    input: { email: '(personal)', code: 'B' },
    old_values: { code: 'A', owner: '(personal)' },
    new_values: { code: 'B', owner: '(personal)' },
    more_changes: [{ resource_type: 'thing', resource_id: '2', old_values: null, new_values: { code: 'C' } }],
  })
})
