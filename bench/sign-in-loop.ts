import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { answerParent } from './child.ts'
import type { SignInAnswer, SignInLoad } from './identity.ts'

// Each begins when it is due, whether or not those before it were answered: people do not wait for one another.
answerParent(async ({ url, emails, password, perSecond, seconds }: SignInLoad): Promise<SignInAnswer> => {
  const stranger = createClient<Operations>({ url })
  const began = performance.now()
  const count = Math.max(1, Math.round(perSecond * seconds))
  const times = Array.from({ length: count }, async (_, index) => {
    const due = began + (index * 1000) / perSecond
    await pause(Math.max(0, due - performance.now()))
    await stranger.call('identity.sign-in', { email: emails[index % emails.length]!, password })
    return performance.now() - due
  })
  return { times: await Promise.all(times) }
})
