import type { Output } from '../api.ts'
import { useBranches } from '../identity/session.ts'
import { useGroups } from '../parties/use-groups.ts'
import { useWholeList } from '../ui/whole-list.ts'
import { usePricingWords } from './words.ts'

export type PriceList = Output<'pricing.list-price-lists'>['items'][number]

export const usePriceLists = () => useWholeList('pricing.list-price-lists', {})
export const useChannels = () => useWholeList('channels.list-channels', {})

/** Says whom and where a list is for. */
export function usePlaceOf(): (list: PriceList) => string {
  const t = usePricingWords()
  const { branches } = useBranches()
  const names = new Map([...branches, ...useGroups(), ...useChannels()].map(({ id, name }) => [id, name]))
  return ({ branch_id, channel_id, customer_group_id }) => {
    const parts = [customer_group_id, channel_id, branch_id].flatMap((id) => (id ? [names.get(id) ?? '…'] : []))
    return parts.length === 0 ? t('everybody') : parts.join(' · ')
  }
}

/** Lists that prices can still be put on, that for everybody first. */
export function useOpenLists(): readonly PriceList[] {
  const breadth = ({ branch_id, channel_id, customer_group_id }: PriceList) =>
    [branch_id, channel_id, customer_group_id].filter(Boolean).length
  return usePriceLists()
    .filter(({ ended_on }) => ended_on === null)
    .toSorted((one, other) => breadth(one) - breadth(other))
}
