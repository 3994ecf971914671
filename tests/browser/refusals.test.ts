import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, openBrowser, signIn } from '../harness/browser.ts'
import { signUpOwner, signUpPerson, startTestServer, type TestPerson, type TestServer } from '../harness/server.ts'

let server: TestServer
let person: TestPerson
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  person = await signUpPerson(server)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const wordsFile = /\/assets\/refusals-[^/]+\.js$/

test.each([
  ['fr-MA', 'L’adresse e-mail ou le mot de passe est incorrect.'],
  ['ar-MA', 'البريد الإلكتروني أو كلمة المرور غير صحيحة.'],
  ['en-GB', 'The e-mail address or the password is wrong'],
])('a refusal is told in the language of the person, and English loads no words for that: %s', async (locale, said) => {
  const page = await browser.openPage({ locale })
  const files: string[] = []
  page.on('response', (response) => files.push(response.url()))
  // Whatever the browser keeps for later is fetched past this page.
  const wordsCome = locale === 'en-GB' ? undefined : page.waitForResponse(wordsFile)
  await page.goto(server.url)
  await wordsCome
  await page.locator('input[type=email]').fill(person.email)
  await page.locator('input[type=password]').fill('not the password')
  await page.locator('button[type=submit]').click()
  await page.getByText(said).waitFor()
  expect(files.some((url) => wordsFile.test(url))).toBe(locale !== 'en-GB')
  expect(page.complaints.filter((text) => !/status of 401/.test(text))).toEqual([])
})

test('what only the server can tell stands in English beneath what the language has, and bounds are told at their field', async () => {
  const owner = await signUpOwner(server)
  const page = await browser.openPage({ locale: 'fr-MA' })
  await signIn(page, server, owner, '/settings/profile')
  await page.getByLabel('Données personnelles').fill('7')
  await page.getByLabel('Nom de domaine').fill('no host')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('Au moins \u206830\u2069.').waitFor()
  await page.getByText('Attendu sous la forme : \u2068shop.example.org\u2069').waitFor()

  await page.goto(`${server.url}/settings`)
  await page.getByRole('cell', { name: 'Codes-barres de balance' }).click()
  await page.getByRole('textbox', { name: 'Valeur' }).fill('123')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('Ce n’est pas ce qui est attendu ici.').waitFor()
  await page.locator('[lang=en]', { hasText: 'catalog.in-store-codes takes' }).waitFor()
  await expectAccessible(page)
  expect(page.complaints.filter((text) => !/status of 400/.test(text))).toEqual([])
})
