import { expect, test } from 'vitest'
import { z } from 'zod'
import { auditEntries, refusalEntries } from './audit-entry.ts'
import { type Change, command } from './operation.ts'
import { platformRefusals } from './refusal.ts'

const rename = command({
  name: 'probe.rename',
  route: 'POST /v1/renames',
  summary: 'Rename two things.',
  permission: null,
  reach: 'any',
  severity: 'notice',
  input: z.strictObject({ email: z.string().meta({ personal: true }), code: z.string() }),
  output: z.object({ code: z.string(), owner: z.string().meta({ personal: true }) }),
  handle: async () => ({ code: '', owner: '' }),
})
const cardSchema = z.object({ holder: z.string().meta({ personal: true }), points: z.int() })
const caller = {
  requestId: 'r',
  userId: 'u',
  sessionId: 's',
  apiKeyId: null,
  deviceId: null,
  tenantId: 't',
  employeeId: 'e',
  permissions: new Set<string>(),
  scope: null,
  features: new Set<string>(),
}

const signed = { caller, environment: 'staging' }
const input = { email: 'a@example.org', code: 'B' }

test('a command leaves an entry for each thing it changed, the first with its input, and personal values by name only', () => {
  const changes: Change[] = [
    { resource: 'thing', id: '1', old: { code: 'A', owner: 'Amina' }, new: { code: 'B', owner: 'Karim' } },
    { resource: 'thing', id: '2', new: { code: 'C' } },
    { resource: 'card', id: '3', new: { owner: 'Amina' } },
    { resource: 'card', id: '3', new: { holder: 'Amina', points: 3 }, schema: cardSchema },
  ]
  const common = {
    event: 'probe.rename',
    severity: 'notice',
    environment: 'staging',
    actor_id: 'u',
    session_id: 's',
    api_key_id: null,
    request_id: 'r',
  }
  const later = { ...common, input: null, old_values: null }
  expect(auditEntries(rename, signed, { input, changes })).toEqual([
    {
      ...common,
      resource_type: 'thing',
      resource_id: '1',
      input: { email: '(personal)', code: 'B' },
      old_values: { code: 'A', owner: '(personal)' },
      new_values: { code: 'B', owner: '(personal)' },
    },
    { ...later, resource_type: 'thing', resource_id: '2', new_values: { code: 'C' } },
    { ...later, resource_type: 'card', resource_id: '3', new_values: { owner: '(personal)' } },
    { ...later, resource_type: 'card', resource_id: '3', new_values: { holder: '(personal)', points: 3 } },
  ])
})

test('a command that changed nothing leaves one entry, of severity info unless it says otherwise', () => {
  expect(auditEntries({ ...rename, severity: undefined } as never, signed, { input, changes: [] })).toMatchObject([
    { severity: 'info', resource_type: null, resource_id: null, input: { code: 'B' }, new_values: null },
  ])
})

test('a refusal leaves its code, and nothing of what was asked', () => {
  const [entry] = refusalEntries(rename, signed, { refusal: platformRefusals.forbidden, changes: [] })
  expect(entry).toMatchObject({ event: 'probe.rename', severity: 'warning', refusal: 'forbidden', actor_id: 'u' })
  expect(entry).toMatchObject({ input: null, old_values: null, new_values: null })
})
