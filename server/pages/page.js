// The token stands behind the # of the link, so that no server on the way reads it; only the operation gets it.
const token = location.hash.slice(1).replace(/^token=/, '')
const words = JSON.parse(document.body.dataset.words)
let challenge

/** What each form asks the server for, out of its fields; answers true when the page has done what it is for. */
const work = {
  async reset({ password }) {
    await call('/v1/password-resets/completion', { token, password })
    return true
  },
  async verify() {
    await call('/v1/email-verifications/completion', { token })
    return true
  },
  async 'sign-in'(fields) {
    await signIn(fields)
  },
  async 'sign-up'({ name, email, password }) {
    await call('/v1/users', { name, email, password, invitation: token })
    await signIn({ email, password })
  },
  async 'second-factor'({ code }) {
    await call('/v1/sessions/second-factor', { challenge, code })
    await look()
  },
  async 'sign-out'() {
    await call('/v1/sessions/current', undefined, 'DELETE').catch((problem) => {
      if (problem.status !== 401) throw problem
    })
    show('sign-in', 'sign-up')
  },
  async accept() {
    await call('/v1/invitations/acceptance', { token })
    return true
  },
}

for (const form of document.forms) form.addEventListener('submit', submit)
if (token === '') tell(words.noToken)
else await begin()

async function begin() {
  const first = { 'reset-password': 'reset', 'verify-email': 'verify' }[document.body.dataset.page]
  if (first) return show(first)
  await look().catch((problem) => (problem.status === 401 ? show('sign-in', 'sign-up') : tell(textOf(problem))))
}

async function submit(event) {
  event.preventDefault()
  const form = event.target
  const [button] = form.getElementsByTagName('button')
  button.disabled = true
  tell('')
  try {
    const isDone = await work[form.id](Object.fromEntries(new FormData(form)))
    if (isDone) finish(form.dataset.done)
  } catch (problem) {
    if (problem.code === 'challenge_invalid') show('sign-in', 'sign-up')
    tell(textOf(problem))
  } finally {
    button.disabled = false
  }
}

async function signIn({ email, password }) {
  const answer = await call('/v1/sessions', { email, password })
  if (answer.status === 'signed_in') return look()
  challenge = answer.challenge
  show('second-factor')
}

/** Shows who invites, and to whose account the place would go, once the person is signed in. */
async function look() {
  const found = await call('/v1/invitations/look', { token })
  const { email } = await call('/v1/me', undefined, 'GET')
  const parts = { '{by}': found.invited_by, '{you}': found.display_name, '{where}': found.legal_name }
  const text = words.inviteFrom.replace(/\{\w+\}/g, (part) => parts[part])
  show('accept', 'sign-out')
  document.querySelector('#sign-out .lead').textContent = words.signedInAs.replace('{email}', () => email)
  document.querySelector('#accept .lead').textContent = text
}

/** Calls an operation; throws its problem. */
async function call(path, input, method = 'POST') {
  const body = input && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) }
  const response = await fetch(path, { method, ...body })
  const answer = await response.json().catch(() => null)
  if (!response.ok) throw Object.assign(new Error('refused'), answer)
  return answer
}

/** Shows these forms; the others forget what was typed, so that the next person at the device does not find it. */
function show(...ids) {
  for (const form of document.forms) {
    form.hidden = !ids.includes(form.id)
    if (form.hidden) form.reset()
  }
  const lead = document.getElementById('lead')
  if (lead) lead.hidden = !ids.includes('sign-in')
}

function finish(text) {
  show()
  history.replaceState(null, '', location.pathname)
  const done = document.getElementById('done')
  done.textContent = text
  done.focus()
}

function tell(text) {
  document.getElementById('problem').textContent = text
}

function textOf({ code }) {
  return words[code] ?? words.unknown
}
