import { type Language, wordsOf } from './words.ts'

export const pageNames = ['reset-password', 'verify-email', 'invitation'] as const
type PageName = (typeof pageNames)[number]

/** A page in HTML. What it does is in `page.js`, which finds its forms by their ids. */
export function writePage(name: PageName, language: Language): string {
  const words = wordsOf[language]
  const { noToken, inviteFrom, signedInAs } = words
  const texts = JSON.stringify({ ...words.problems, noToken, inviteFrom, signedInAs })
  const title = { 'reset-password': words.resetTitle, 'verify-email': words.verifyTitle, invitation: words.inviteTitle }
  return `<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title[name])} · Comptoir</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/pages/page.css">
<script type="module" src="/pages/page.js"></script>
</head>
<body data-page="${name}" data-words="${escaped(texts)}">
<main>
<h1>${escaped(title[name])}</h1>
<noscript><p>${escaped(words.noScript)}</p></noscript>
${bodyOf(name, language)}
<p id="problem" role="alert"></p>
<p id="done" role="status" tabindex="-1"></p>
</main>
</body>
</html>
`
}

function bodyOf(name: PageName, language: Language): string {
  const words = wordsOf[language]
  if (name === 'reset-password') {
    return form('reset', {
      lead: words.resetLead,
      fields: [passwordField('new', words.newPassword)],
      button: words.resetButton,
      done: words.resetDone,
    })
  }
  if (name === 'verify-email') {
    return form('verify', { lead: words.verifyLead, fields: [], button: words.verifyButton, done: words.verifyDone })
  }
  const email = { type: 'email', name: 'email', label: words.email, autocomplete: 'username' }
  const code = { type: 'text', name: 'code', label: words.code, autocomplete: 'one-time-code' }
  const person = { type: 'text', name: 'name', label: words.name, autocomplete: 'name' }
  return [
    `<p id="lead">${escaped(words.inviteLead)}</p>`,
    form('sign-in', {
      head: words.signIn,
      fields: [email, passwordField('current', words.password)],
      button: words.signIn,
    }),
    form('sign-up', {
      head: words.signUp,
      fields: [person, email, passwordField('new', words.newPassword)],
      button: words.signUp,
    }),
    form('second-factor', { lead: words.codeLead, fields: [code], button: words.signIn }),
    form('sign-out', { lead: '', fields: [], button: words.signOut }),
    form('accept', { lead: '', fields: [], button: words.inviteButton, done: words.inviteDone }),
  ].join('\n')
}

interface Field {
  readonly type: string
  readonly name: string
  readonly label: string
  readonly autocomplete: string
}

function passwordField(kind: 'new' | 'current', label: string): Field {
  return { type: 'password', name: 'password', label, autocomplete: `${kind}-password` }
}

/** A form that is hidden until the script shows it; `done` is said when it has worked. */
function form(
  id: string,
  {
    head,
    lead,
    fields,
    button,
    done,
  }: { head?: string; lead?: string; fields: Field[]; button: string; done?: string },
): string {
  const inputs = fields.map(
    ({ type, name, label, autocomplete }) =>
      `<p><label for="${id}-${name}">${escaped(label)}</label>
<input id="${id}-${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required></p>`,
  )
  return `<form id="${id}" hidden${done === undefined ? '' : ` data-done="${escaped(done)}"`}>
${head === undefined ? '' : `<h2>${escaped(head)}</h2>`}${lead === undefined ? '' : `<p class="lead">${escaped(lead)}</p>`}
${inputs.join('\n')}
<p><button>${escaped(button)}</button></p>
</form>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
