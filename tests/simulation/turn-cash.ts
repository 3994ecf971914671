import { write } from './amounts.ts'
import { accountOf, type Shop } from './shop.ts'
import type { Steps } from './steps.ts'
import { pick, post, type Turn } from './turn.ts'

/** Opens a register that is not open yet, or tries to. */
export function* open(shop: Shop, step: Steps['open']): Generator<Turn> {
  const register = pick(shop.registers, step.register)
  if (!register) return
  const float = BigInt(step.float) * 10n ** BigInt(shop.decimals)
  const text = write(float, shop.decimals)
  const isOpen = register.session?.state === 'open'
  yield {
    ...{ who: 'cashier', operation: 'cash.open-session' },
    input: { register_id: register.id, float_amount: text },
    told: `opens ${register.code} with a float of ${text}`,
    expected: isOpen
      ? { code: 'session_already_open' }
      : {
          answer: { status: 'open' },
          apply(body) {
            if (register.session) shop.ended.push(register.session)
            register.session = {
              ...{ id: body.id, version: body.version, state: 'open', counted: null },
              ...{ paidOut: 0n, writtenOff: false },
            }
            post(shop, [
              [accountOf('cash', body.id), float],
              [accountOf('safe', shop.branches[register.branch]?.id), -float],
            ])
            return `session ${body.number}`
          },
        },
  }
}
