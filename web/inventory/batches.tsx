import { makeLookUp } from '../ui/look-up.ts'

/** Batches by their ids. */
export const batches = makeLookUp('inventory.look-up-batches')

/** What is printed on a batch. */
export function BatchNumber({ id }: { id: string | null }) {
  const batch = batches.use(id)
  return <span className="code">{id !== null && batch === undefined ? '…' : batch?.number}</span>
}
