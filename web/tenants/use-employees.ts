import { useMay, useWorkplace } from '../identity/session.ts'
import { useAll } from '../ui/use-all.ts'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('employees', {
  you: ['You', 'Vous', 'أنت'],
  colleague: ['A colleague', 'Un collègue', 'أحد الزملاء'],
  nobody: ['Automatic', 'Automatique', 'تلقائي'],
})

/**
 * What employees are called. Who may not read the list of them knows only themselves, all others are colleagues; what no
 * employee did came by itself.
 */
export function useEmployeeName(): (id: string | null) => string {
  const t = useWords()
  const may = useMay()
  const { employee } = useWorkplace()
  const all = useAll('tenants.list-employees', {}, { enabled: may('tenants.list-employees') })
  // Stock names who moved it by their account, others by their place of work.
  const names = new Map(all.flatMap((one) => [one.id, one.user_id].map((id) => [id, one.display_name])))
  return (id) => {
    if (id === null) return t('nobody')
    const isOwn = id === employee.id || id === employee.user_id
    return names.get(id) ?? (isOwn ? employee.display_name || t('you') : t('colleague'))
  }
}
