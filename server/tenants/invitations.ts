import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { z } from 'zod'
import { inReadTransaction, setTenant } from '../platform/database.ts'
import { definedOf } from '../platform/defined.ts'
import { nobody } from '../platform/identifiers.ts'
import type { CommandContext, Person, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { withoutLinks } from '../platform/schema.ts'
import { hashSecret } from './authenticate.ts'
import { employeeExists, invitationInvalid, notInvited, tooManyInvitations } from './contract.ts'
import { assertMayConfine, changePlaces } from './grants.ts'
import type { addEmployeeInput } from './people-contract.ts'
import {
  activateEmployee,
  closeInvitations,
  countInvitations,
  findOpenInvitation,
  findPlaceOf,
  insertInvitation,
  tenantOfInvitation,
} from './people-queries.ts'
import { findTenant, lockTenant, register, unregister } from './queries.ts'
import { findEmployee, giveRoles, insertEmployee } from './staff-queries.ts'
import { assertEntity, assertMayGive, endPlace, findManaged } from './update-employee.ts'

/** How invitations reach people. */
export interface Post {
  readonly publicUrl: string
  readonly mailer: {
    send(
      context: Pick<CommandContext, 'enqueue'>,
      mail: { kind: string; to: string; subject: string; text: string; expiresAt: Date },
    ): void
  }
}

const tokenBytes = 32
const openDays = 7
const dayMs = 86_400_000
const longestInSubject = 70

/**
 * How many invitations leave for one place in an hour, enough for a wrong address and a lost mail, and for all of a tenant
 * in a day, enough for a chain to come over. A tenant is made by anybody who may sign up: it is no way to send mail.
 */
const limits = { ofPlaceInHour: 5, ofTenantInDay: 200 }

/** Invites somebody by e-mail to a place in the tenant, with roles. Until they accept it, nothing of it touches them. */
export async function inviteEmployee(
  context: CommandContext,
  post: Post,
  { id: given, email, role_ids: roles, scope, ...values }: z.output<typeof addEmployeeInput>,
) {
  // So that invitations at once cannot slip by the limits.
  await lockTenant(context)
  await assertMayGive(context, roles)
  assertMayConfine(context.caller, scope)
  await assertEntity(context, values.default_entity_id)

  const id = given ?? context.newId()
  const place = { id, status: 'invited', invited_email: email, is_scoped: scope !== null } as const
  await insertEmployee(context, { ...place, ...definedOf(values) })
  await changePlaces(context, id, { old: null, wanted: scope })
  await giveRoles(
    context,
    id,
    [...new Set(roles)].map((role) => ({ id: context.newId(), role_id: role })),
  )
  await sendInvitation(context, post, { id, email, display_name: values.display_name })

  const invited = (await findEmployee(context, id, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, new: invited })
  return invited
}

/** Sends a new invitation to an address that did not answer; the link of the earlier one opens nothing any more. */
export async function resendInvitation(context: CommandContext, post: Post, { id }: { id: string }) {
  const old = await findManaged(context, id)
  if (old.invited_email === null) refuse(notInvited)

  await withdrawInvitations(context, id, 'replaced')
  await sendInvitation(context, post, { id, email: old.invited_email, display_name: old.display_name })

  const invited = (await findEmployee(context, id, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id, old, new: invited })
  return invited
}

/** Takes an invitation back, and the place with it. */
export async function cancelInvitation(context: CommandContext, { id }: { id: string }) {
  const old = await findManaged(context, id)
  if (old.status !== 'invited') refuse(notInvited)
  return endPlace(context, old)
}

/**
 * Takes up the place to which a token invites, for the person who asks: from now on the tenant is one of theirs. Whose
 * address it was sent to is forgotten. Refuses with `invitation_invalid` a token that does not open, whatever the reason,
 * and with `employee_exists` a second place of one person.
 */
export async function acceptInvitation(context: CommandContext<Person>, { token }: { token: string }) {
  const tokenHash = hashSecret(token)
  const tenantId = (await tenantOfInvitation(context, tokenHash)) ?? refuse(invitationInvalid)
  await context.enterTenant(tenantId)
  const scope = { ...context, tenantId }
  await lockTenant(scope)
  const invitation = (await findOpenInvitation(scope, tokenHash)) ?? refuse(invitationInvalid)
  const { employee_id: employeeId } = invitation
  const { userId } = context.caller
  if (await findPlaceOf(scope, userId)) refuse(employeeExists)

  await activateEmployee(scope, employeeId, userId)
  await withdrawInvitations(scope, employeeId, 'accepted')
  await register(context, tenantId, 'user', userId)

  const accepted = (await findEmployee(scope, employeeId, null)) ?? refuse(platformRefusals.notFound)
  context.changed({ resource: 'employee', id: employeeId, new: accepted })
  return accepted
}

/** What an invitation is to, and by whom, for whoever holds its token. Refuses as `acceptInvitation`. */
export async function lookAtInvitation(context: QueryContext<Person>, { token }: { token: string }) {
  const tokenHash = hashSecret(token)
  const tenantId = (await tenantOfInvitation(context, tokenHash)) ?? refuse(invitationInvalid)
  await setTenant(context.client, tenantId)
  const scope = { ...context, tenantId }
  const found = (await findOpenInvitation(scope, tokenHash)) ?? refuse(invitationInvalid)
  const tenant = (await findTenant(scope)) ?? refuse(invitationInvalid)
  const { employee_id: _, invited_email: __, ...invitation } = found
  return { tenant_id: tenantId, legal_name: tenant.legal_name, ...invitation }
}

/** True when the token of an invitation is open and was sent to this address: who holds it may make an account with it. */
export async function isInvited(pool: pg.Pool, { token, email }: { token: string; email: string }): Promise<boolean> {
  const tokenHash = hashSecret(token)
  return inReadTransaction(pool, nobody, async (tx) => {
    const tenantId = await tenantOfInvitation(tx, tokenHash)
    if (tenantId === undefined) return false
    await setTenant(tx.client, tenantId)
    const found = await findOpenInvitation({ ...tx, tenantId }, tokenHash)
    return found?.invited_email === email
  })
}

/** Closes the open invitation to a place, if there is one: its token opens nothing any more. */
async function withdrawInvitations(
  scope: Pick<CommandContext, 'client' | 'db' | 'tenantId'>,
  employeeId: string,
  status: 'accepted' | 'replaced',
): Promise<void> {
  for (const tokenHash of await closeInvitations(scope, employeeId, status)) {
    await unregister(scope, scope.tenantId, 'invitation', tokenHash.toString('hex'))
  }
}

async function sendInvitation(
  context: CommandContext,
  { publicUrl, mailer }: Post,
  { id, email, display_name: displayName }: { id: string; email: string; display_name: string },
): Promise<void> {
  const sent = await countInvitations(context, id)
  if (sent.ofPlaceInHour >= limits.ofPlaceInHour || sent.ofTenantInDay >= limits.ofTenantInDay) {
    refuse(tooManyInvitations)
  }
  const token = randomBytes(tokenBytes).toString('base64url')
  const tokenHash = hashSecret(token)
  const expiresAt = new Date(context.now.getTime() + openDays * dayMs)
  await insertInvitation(context, {
    id: context.newId(),
    employee_id: id,
    invited_by: context.caller.employeeId,
    token_hash: tokenHash,
    expires_at: expiresAt,
  })
  await register(context, context.tenantId, 'invitation', tokenHash.toString('hex'))
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  const inviter = (await findEmployee(context, context.caller.employeeId, null)) ?? refuse(platformRefusals.notFound)
  // What stands behind # stays in the browser: no log of a server or a proxy holds the token.
  const link = `${new URL(publicUrl).origin}/invitation#${token}`
  const names = {
    legalName: withoutLinks(tenant.legal_name),
    invitedBy: withoutLinks(inviter.display_name),
    displayName: withoutLinks(displayName),
  }
  const letter = invitationMail(tenant.locale, { ...names, link, days: openDays })
  mailer.send(context, { kind: 'invitation', to: email, ...letter, expiresAt })
}

/** What the letter says of an invitation. */
interface InvitationLetter {
  readonly legalName: string
  readonly invitedBy: string
  readonly displayName: string
  readonly link: string
  readonly days: number
}

const texts = {
  en: ({ legalName, invitedBy, displayName, link, days }: InvitationLetter) => ({
    subject: `${invitedBy} invites you to ${shortened(legalName)}`,
    text: `Hello ${displayName},

${invitedBy} invites you to work with ${legalName}. To take up your place, open this link and sign in, or make an account:

${link}

The link opens once, within ${days} days. If you do not know ${legalName}, leave this message alone: nothing happens.
`,
  }),
  fr: ({ legalName, invitedBy, displayName, link, days }: InvitationLetter) => ({
    subject: `${invitedBy} vous invite chez ${shortened(legalName)}`,
    text: `Bonjour ${displayName},

${invitedBy} vous invite à travailler avec ${legalName}. Pour prendre votre place, ouvrez ce lien et connectez-vous, ou créez un compte :

${link}

Le lien s’ouvre une seule fois, dans les ${days} jours. Si vous ne connaissez pas ${legalName}, laissez ce message : il ne se passera rien.
`,
  }),
  es: ({ legalName, invitedBy, displayName, link, days }: InvitationLetter) => ({
    subject: `${invitedBy} le invita a ${shortened(legalName)}`,
    text: `Hola, ${displayName}:

${invitedBy} le invita a trabajar con ${legalName}. Para ocupar su puesto, abra este enlace e inicie sesión, o cree una cuenta:

${link}

El enlace se abre una sola vez, en un plazo de ${days} días. Si no conoce ${legalName}, no haga nada: no ocurrirá nada.
`,
  }),
}

/** Subject and text of an invitation in the language of a BCP 47 locale, or else in English. */
function invitationMail(locale: string, letter: InvitationLetter): { subject: string; text: string } {
  const { language } = new Intl.Locale(locale)
  const write = language === 'fr' || language === 'es' ? texts[language] : texts.en
  return write(letter)
}

/** A name cut to what fits into the subject of a mail beside another one of 100 characters. */
function shortened(name: string): string {
  let cut = ''
  for (const character of name) {
    if (cut.length + character.length >= longestInSubject) return `${cut}…`
    cut += character
  }
  return cut
}
