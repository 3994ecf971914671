import { watchChains } from '../server/audit/index.ts'
import { declaredSettings } from '../server/declared-settings.ts'
import { measureEvents } from '../server/events/index.ts'
import { watchCertificates } from '../server/integrity/index.ts'
import { countMails } from '../server/messaging/index.ts'
import { holds } from '../server/platform/execute.ts'
import { problemsOf } from '../server/platform/http-docs.ts'
import { createMetrics, watchDatabases } from '../server/platform/metrics.ts'
import { fieldsOf, moduleOf, refusalsOf } from '../server/platform/openapi.ts'
import { type Operation, type Reach, routeOf } from '../server/platform/operation.ts'
import { jsonSchemaOf } from '../server/platform/schema.ts'
import { createOperations, permissionsOf } from '../server/registry.ts'
import { rolePresets } from '../server/role-presets.ts'
import { takesOf, watchSettings } from '../server/settings/index.ts'

type Schema = Record<string, unknown>

const written = 'Written by `npm run generate`; do not edit.'

/** docs/reference, made from the registry and the counters: path from the root → content. Needs no database. */
export async function referenceFiles(): Promise<Map<string, string>> {
  const operations = registeredOperations()
  return new Map([
    ['docs/reference/operations.md', operationsPage(operations)],
    ['docs/reference/permissions.md', permissionsPage(operations)],
    ['docs/reference/problems.md', problemsPage(operations)],
    ['docs/reference/metrics.md', metricsPage()],
    ['docs/reference/settings.md', settingsPage()],
  ])
}

/** The operations as they are declared; none of them can be run. */
export function registeredOperations(): readonly Operation[] {
  const idle = new Proxy({} as never, {
    get() {
      throw new Error('the reference describes operations and runs none')
    },
  })
  return createOperations(idle, {
    signUpOpen: false,
    sealing: idle,
    checks: idle,
    mailer: idle,
    settings: idle,
    publicUrl: '',
    imageDirectory: '',
    imports: idle,
    providers: idle,
    isInvited: idle,
  })
}

function operationsPage(operations: readonly Operation[]): string {
  const modules = [...new Set(operations.map(moduleOf))]
  const sections = modules.flatMap((name) => [
    `## ${name}`,
    ...operations.filter((one) => moduleOf(one) === name).map((one) => operationSection(one, operations)),
  ])
  return page('Operations', [
    'Everything that a server can be asked. A running server describes the same in OpenAPI 3.1 at `/v1/openapi.json`.',
    'A `version` may be sent as `If-Match` instead. Beside the refusals listed with it, an operation has those of its kind:',
    commonRefusals(operations),
    'The codes are explained in [problems](problems.md), the permissions in [permissions](permissions.md).',
    ...sections,
  ])
}

function operationSection(operation: Operation, all: readonly Operation[]): string {
  const common = commonCodes(all.filter((one) => isAlike(one, operation)))
  const own = refusalsOf(operation).filter(({ code }) => !common.includes(code))
  const facts = [
    `- \`${operation.route}\``,
    `- ${operation.kind}${accessOf(operation)}`,
    `- answers with ${answerOf(operation)}`,
    ...(own.length > 0 ? [`- refuses with ${own.map(({ code }) => `[\`${code}\`](problems.md)`).join(', ')}`] : []),
  ]
  return [`### ${operation.name}`, operation.summary, facts.join('\n'), ...inputTable(operation)].join('\n\n')
}

function accessOf({ scope, permission, reach }: Operation): string {
  if (scope === 'anyone') return ', open to anyone'
  if (scope === 'person') return ', for a person who is signed in'
  const need = permission === null ? ', for every employee' : `, needs \`${permission}\``
  return `${need}, reach \`${reach}\``
}

function answerOf({ output }: Operation): string {
  const { properties } = jsonSchemaOf(output, 'output') as { properties?: Record<string, Schema> }
  if (!properties) return 'nothing'
  return Object.entries(properties)
    .map(([name, field]) => (name === 'items' ? `\`items\` (each ${itemOf(field)})` : `\`${name}\``))
    .join(', ')
}

function itemOf(list: Schema): string {
  const { properties = {} } = (list.items ?? {}) as { properties?: Schema }
  return Object.keys(properties)
    .map((name) => `\`${name}\``)
    .join(', ')
}

function inputTable(operation: Operation): string[] {
  const { required = [] } = jsonSchemaOf(operation.input, 'input') as { required?: string[] }
  const { pathFields } = routeOf(operation)
  const rows = Object.entries(fieldsOf(operation)).map(([name, field]) => {
    const need = required.includes(name) ? 'yes' : defaultOf(field)
    return [`\`${name}\`${pathFields.includes(name) ? ' (path)' : ''}`, typeOf(field), need]
  })
  return rows.length > 0 ? [table(['field', 'takes', 'required'], rows)] : []
}

function defaultOf(field: Schema): string {
  return field.default === undefined ? 'no' : `no, \`${JSON.stringify(field.default)}\` when left out`
}

/** A JSON Schema in a few words. */
function typeOf(field: Schema): string {
  const choices = (field.anyOf ?? field.oneOf) as Schema[] | undefined
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ')
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``
  if (Array.isArray(field.enum)) return field.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ')
  if (field.type === 'array') return `list of ${typeOf((field.items ?? {}) as Schema)}${boundsOf(field, 'Items')}`
  const name = String(field.format ?? field.type ?? 'anything')
  const pattern = field.pattern === undefined || field.format !== undefined ? '' : ` like \`${field.pattern}\``
  return `${name}${pattern}${boundsOf(field, 'Length')}${field.type === 'integer' ? rangeOf(field) : ''}`
}

function boundsOf(field: Schema, of: 'Items' | 'Length'): string {
  const least = Number(field[`min${of}`] ?? 0)
  const most = field[`max${of}`]
  if (most === undefined) return ''
  return `, ${least > 1 ? `${least} to` : 'at most'} ${most}${of === 'Items' ? '' : ' characters'}`
}

function rangeOf({ minimum, maximum }: Schema): string {
  return minimum === undefined ? '' : `, ${minimum} to ${maximum}`
}

function commonRefusals(operations: readonly Operation[]): string {
  const kinds = new Map(operations.map((one) => [kindOf(one), one]))
  const rows = [...kinds].map(([kind, sample]) => {
    const codes = commonCodes(operations.filter((one) => isAlike(one, sample)))
    return [kind, codes.map((code) => `\`${code}\``).join(', ')]
  })
  return table(['kind', 'may refuse with'], rows)
}

function kindOf(operation: Operation): string {
  const { kind, scope } = operation
  const who = { anyone: 'anyone', person: 'person', tenant: 'employee' }[scope]
  return kind === 'command' && operation.outside ? `${kind} that commits by itself, ${who}` : `${kind}, ${who}`
}

function isAlike(one: Operation, other: Operation): boolean {
  return kindOf(one) === kindOf(other)
}

function commonCodes(operations: readonly Operation[]): string[] {
  const [first = [], ...others] = operations.map((one) => refusalsOf(one).map(({ code }) => code))
  return first.filter((code) => others.every((codes) => codes.includes(code)))
}

function permissionsPage(operations: readonly Operation[]): string {
  const rows = [...permissionsOf(operations)].toSorted().map((permission) => {
    const names = operations
      .filter((one) => one.permission === permission || one.extraPermissions?.includes(permission))
      .map(({ name }) => `\`${name}\``)
    return [`\`${permission}\``, names.join(', ')]
  })
  return page('Permissions', [
    'A role holds permissions by name, or `*` for all of them, those of later versions included.',
    table(['permission', 'opens'], rows),
    '## Reach',
    'An employee works in the whole tenant, or is confined to legal entities, regions and branches. An operation finds the things it concerns, or answers as if they did not exist (404, or 422 where a field names them), or is refused:',
    table(
      ['reach', ...scopes],
      Object.entries(reaches).map(([reach, cells]) => [`\`${reach}\``, ...cells]),
    ),
    'Whoever is confined to some of several kinds has what each of them opens. A branch shows its legal entity, not its books.',
    '## Ready-made roles',
    'A tenant begins with those of its business type. They follow new versions until somebody changes their permissions.',
    table(
      ['role', 'business types'],
      rolePresets.map(({ name, business_types: types }) => [name, types.join(', ')]),
    ),
    'What each may use, of all that needs a place in a tenant; everything else is open to any person, or to anyone:',
    table(['operation', 'reach', ...rolePresets.map(({ name }) => name)], operations.flatMap(matrixRow)),
  ])
}

const scopes = ['whole tenant', 'legal entity', 'region', 'branch']
const reaches: Readonly<Record<Reach, readonly string[]>> = {
  any: ['all', 'all', 'all', 'all'],
  branch: ['all', 'its branches', 'its branches', 'the branch'],
  entity: ['all', 'the entity', 'nothing', 'nothing'],
  tenant: ['all', '`out_of_scope`', '`out_of_scope`', '`out_of_scope`'],
}

function matrixRow({ scope, name, permission, reach }: Operation): string[][] {
  if (scope !== 'tenant') return []
  const cells = rolePresets.map(({ permissions }) => (holds(new Set(permissions), permission) ? 'yes' : '–'))
  return [[`\`${name}\``, reach, ...cells]]
}

function problemsPage(operations: readonly Operation[]): string {
  const rows = problemsOf(operations).map(({ code, status, title }) => [`\`${code}\``, String(status), title])
  return page('Problems', [
    'A request that is refused gets a problem document (RFC 9457). Its `code` is stable; its `detail` is for people and may change.',
    table(['code', 'status', 'what it says'], rows),
  ])
}

function settingsPage(): string {
  const sections = declaredSettings.map((setting) => {
    const { name, help, scopes, secret, requiresRestart } = setting
    const marks = [...(secret ? ['a secret'] : []), ...(requiresRestart ? ['needs a restart'] : [])]
    const facts = [
      `- takes ${takesOf(setting)}`,
      `- \`${JSON.stringify(setting.default)}\` unless set`,
      `- for ${scopes.join(', ')}${marks.map((mark) => `; ${mark}`).join('')}`,
    ]
    return `## ${name}\n\n${help}\n\n${facts.join('\n')}`
  })
  return page('Settings', [
    'What can be set while the server runs: for a tenant or a branch with `settings.set-setting`, for the installation with `comptoir settings`. A branch inherits from its tenant, a tenant from the platform.',
    ...sections.toSorted(),
  ])
}

function metricsPage(): string {
  const metrics = createMetrics()
  // The gauges ask the pools only when Prometheus asks them.
  const databases = {} as Parameters<typeof watchDatabases>[1]
  watchDatabases(metrics, databases)
  watchChains(metrics, databases)
  watchCertificates(metrics, databases)
  countMails(metrics)
  watchSettings(metrics, databases, {} as never)
  measureEvents(metrics)
  const rows = (metrics.registry.getMetricsAsArray() as unknown as Metric[])
    .filter(({ name }) => name.startsWith('comptoir_'))
    .map(({ name, labelNames, help }) => [`\`${name}\``, labelNames.map((label) => `\`${label}\``).join(', '), help])
  return page('Metrics', [
    'What `/metrics` tells of Comptoir. Beside these stand the measures of the Node process, `process_…` and `nodejs_…`.',
    table(['name', 'labels', 'what it counts'], rows),
  ])
}

interface Metric {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

function page(title: string, parts: string[]): string {
  return `${[`# ${title}`, written, ...parts].join('\n\n')}\n`
}
