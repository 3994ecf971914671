import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../harness/browser.ts'
import { signUpPerson, startTestServer, type TestPerson, type TestServer } from '../harness/server.ts'

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
