import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { anotherPassword, enrolSecondFactor, linkFor } from '../harness/accounts.ts'
import { type BrowserPage, expectAccessible, openBrowser } from '../harness/browser.ts'
import { sendTo } from '../harness/http.ts'
import { withClient } from '../harness/postgres.ts'
import {
  invitationTo,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage
/** What the page sent to the server: method, address and body. */
let sent: string[]

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})
beforeEach(async () => {
  page = await browser.openPage()
  sent = []
  page.on('request', (request) => sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`))
})

/** Complaints but for those of answers that refuse, which the page tells in words. */
const complaints = () => page.complaints.filter((text) => !/status of 4(01|09|22)/.test(text))

async function invite(email: string): Promise<string> {
  await owner.client.call('tenants.add-employee', { email, display_name: 'Karim Alami' })
  return invitationTo(server, email)
}

async function fill(form: string, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${form} [name=${name}]`, value)
  await page.click(`#${form} button`)
}

const says = (text: RegExp | string) => page.getByText(text).waitFor()

test('the link of a password reset sets the password, once, and its token goes nowhere else', async () => {
  const person = await signUpPerson(server)
  const token = await linkFor(server, person, 'password_reset')
  await page.goto(`${server.url}/reset-password#token=${token}`)
  await fill('reset', { password: 'password1234' })
  await says('This password is too easy to guess.')
  await fill('reset', { password: anotherPassword })
  await says('Your password is set.')
  await person.client.call('identity.sign-in', { email: person.email, password: anotherPassword })
  expect(page.url()).toBe(`${server.url}/reset-password`)
  const withToken = sent.filter((request) => request.includes(token))
  expect(withToken.every((request) => request.startsWith(`POST ${server.url}/v1/password-resets/completion {`))).toBe(
    true,
  )

  await page.goto(`${server.url}/reset-password#token=${token}`)
  await page.reload()
  await fill('reset', { password: 'a third horse battery' })
  await says('This link was used, has expired, or never was one.')
  expect(complaints()).toEqual([])
})

test('the link that confirms an address does', async () => {
  const person = await signUpPerson(server)
  const token = await linkFor(server, person, 'email_verification')
  await page.goto(`${server.url}/verify-email#token=${token}`)
  await page.click('#verify button')
  await says('Your e-mail address is confirmed.')
  // The browser was not signed in, so the sessions ended.
  const signedIn = await person.client.request('identity.sign-in', { email: person.email, password: person.password })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const me = await sendTo(server, { url: '/v1/me', headers: { cookie } })
  expect(me.json()).toMatchObject({ email_verified: true })
  await page.goto(`${server.url}/verify-email`)
  await page.reload()
  await says('This link is not complete.')
  expect(complaints()).toEqual([])
})

describe('the link of an invitation', () => {
  const from = /Amina Test invites Karim Alami to work with Shop/

  test('lets somebody new make an account, see who invites, and take up the place', async () => {
    const email = 'browser-guest@example.org'
    await page.goto(`${server.url}/invitation#${await invite(email)}`)
    await fill('sign-up', { name: 'Karim', email, password: anotherPassword })
    await says(from)
    await page.click('#accept button')
    await says('The place is yours.')
    const { items } = await owner.client.call('tenants.list-employees', {})
    expect(items.filter(({ status }) => status === 'active')).toHaveLength(2)
    expect(complaints()).toEqual([])
  })

  test('lets somebody with an account sign in, with the second factor if they have one', async () => {
    const person = await signUpPerson(server)
    const { backupCodes } = await enrolSecondFactor(person)
    await page.goto(`${server.url}/invitation#${await invite(person.email)}`)
    await fill('sign-in', { email: person.email, password: 'not the password' })
    await says('The e-mail address or the password is wrong.')
    await fill('sign-in', { email: person.email, password: person.password })
    await fill('second-factor', { code: backupCodes[0] ?? '' })
    await says(from)
    await page.click('#accept button')
    await says('The place is yours.')
    expect((await person.client.call('tenants.list-tenants', {})).items).toMatchObject([{ id: owner.tenantId }])
    expect(complaints()).toEqual([])
  })

  test('says whose account takes the place, and lets another one take it', async () => {
    const [other, person] = [await signUpPerson(server), await signUpPerson(server)]
    await page.goto(`${server.url}/invitation#${await invite(person.email)}`)
    await fill('sign-in', { email: other.email, password: other.password })
    await says(`You are signed in as ${other.email}.`)
    await page.click('#sign-out button')
    await page.locator('#sign-up').waitFor()
    expect(await page.isHidden('#accept')).toBe(true)
    expect(await page.inputValue('#sign-in [name=password]')).toBe('')
    await fill('sign-in', { email: person.email, password: person.password })
    await says(`You are signed in as ${person.email}.`)
    await page.click('#accept button')
    await says('The place is yours.')
    expect((await other.client.call('tenants.list-tenants', {})).items).toEqual([])
    expect((await person.client.call('tenants.list-tenants', {})).items).toMatchObject([{ id: owner.tenantId }])
    expect(complaints()).toEqual([])
  })

  test('asks to sign in again when the time for the code is over', async () => {
    const person = await signUpPerson(server)
    const { backupCodes } = await enrolSecondFactor(person)
    await page.goto(`${server.url}/invitation#${await invite(person.email)}`)
    await fill('sign-in', { email: person.email, password: person.password })
    await page.locator('#second-factor').waitFor()
    await withClient(server.database.superuserUrl, (client) =>
      client.query("UPDATE identity.proof SET expires_at = now() - interval '1 second' WHERE user_id = $1", [
        person.userId,
      ]),
    )
    await fill('second-factor', { code: backupCodes[0] ?? '' })
    await says('The time for the code is over. Sign in again.')
    await fill('sign-in', { email: person.email, password: person.password })
    await fill('second-factor', { code: backupCodes[0] ?? '' })
    await says(from)
    expect(complaints()).toEqual([])
  })
})

test('the pages are in the language that the browser asks for, or in English', async () => {
  for (const [accepted, title] of [
    ['fr-MA,fr;q=0.9,en;q=0.8', 'Choisir un nouveau mot de passe'],
    ['ar-MA,fr;q=0.9', 'تعيين كلمة مرور جديدة'],
    ['ber,fr;q=0.9', 'Choisir un nouveau mot de passe'],
    ['de', 'Set a new password'],
    ['', 'Set a new password'],
  ] as const) {
    const { body } = await sendTo(server, {
      method: 'GET',
      url: '/reset-password',
      headers: { 'accept-language': accepted },
    })
    expect(body, accepted).toContain(`<h1>${title}</h1>`)
  }
})

test('in Arabic the pages run from right to left, and refusals are in Arabic', async () => {
  const arabic = await browser.openPage({ locale: 'ar-MA' })
  const person = await signUpPerson(server)
  const token = await linkFor(server, person, 'password_reset')
  await arabic.goto(`${server.url}/reset-password#token=${token}`)
  expect(await arabic.locator('html').getAttribute('lang')).toBe('ar')
  expect(await arabic.evaluate(() => getComputedStyle(document.body).direction)).toBe('rtl')
  await arabic.getByLabel('كلمة المرور الجديدة').fill('password1234')
  await arabic.getByRole('button', { name: 'حفظ كلمة المرور' }).click()
  await arabic.getByText('كلمة المرور هذه سهلة التخمين.').waitFor()
  await expectAccessible(arabic)
  await arabic.getByLabel('كلمة المرور الجديدة').fill(anotherPassword)
  await arabic.getByRole('button', { name: 'حفظ كلمة المرور' }).click()
  await arabic.getByText('حُفظت كلمة المرور.').waitFor()
  await person.client.call('identity.sign-in', { email: person.email, password: anotherPassword })
  expect(arabic.complaints.filter((text) => !/status of 422/.test(text))).toEqual([])
})
