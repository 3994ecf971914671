import { makeLookUp } from '../ui/look-up.ts'

/** Parties by their ids. */
export const parties = makeLookUp('parties.look-up-parties')

/** What a party is called. */
export function PartyName({ id }: { id: string | null }) {
  const party = parties.use(id)
  return <>{id !== null && party === undefined ? '…' : party?.name}</>
}
