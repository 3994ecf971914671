import type { ProviderName } from './contract.ts'

/** What a provider is asked for. `reference` is ours, and the same when it is asked again: it takes the money once. */
export interface Asked {
  readonly tenantId: string
  readonly reference: string
}

export interface AskedMoney extends Asked {
  readonly kind: 'charge' | 'refund'
  /** Above zero, a decimal string. */
  readonly amount: string
  readonly currency: string
  /** Of a refund: the charge that it gives back. */
  readonly charge: string | null
}

/** What a provider says became of something. */
export interface Said {
  readonly outcome: 'approved' | 'declined'
  /** Its own name for it. */
  readonly provider_reference: string | null
  /** Why it was declined: a word such as insufficient_funds. */
  readonly reason: string | null
}

/** A provider that nobody could ask, or whose answer nobody understood, throws; so it does when the signal aborts. */
export interface Provider {
  readonly name: ProviderName
  /** Takes or gives back money. */
  authorize(asked: AskedMoney, signal: AbortSignal): Promise<Said>
  /** What became of it: 'unheard' when nothing with this reference ever arrived. */
  lookup(asked: Asked, signal: AbortSignal): Promise<Said | 'unheard'>
  /** Undoes it; what has not arrived by then is refused when it does. May be asked again. */
  reverse(asked: Asked, signal: AbortSignal): Promise<void>
  /** What a message of the provider says; undefined when it is not signed as one for this tenant, or too old. */
  readCallback(message: Message): (Said & Pick<Asked, 'reference'>) | undefined
}

/** A message as it came over HTTP. */
export interface Message {
  readonly tenantId: string
  readonly body: Buffer
  readonly signature: string
  readonly at: Date
}

/** The providers that this installation offers. */
export type Providers = ReadonlyMap<string, Provider>

/** Carries a signed message to whoever receives those of a provider. */
export type Deliver = (message: {
  readonly provider: ProviderName
  readonly tenantId: string
  readonly body: string
  readonly signature: string
}) => Promise<void>
