import { useWholeList } from '../ui/whole-list.ts'

export const useGroups = () => useWholeList('parties.list-groups', {})
