import { useWorkplace } from '../identity/session.ts'
import { makeLookUp } from '../ui/look-up.ts'
import { defineWords, translate } from '../ui/words.ts'

const noun = 'employees'
const useWords = defineWords(noun, {
  you: ['You', 'Vous', 'أنت'],
  colleague: ['A colleague', 'Un collègue', 'أحد الزملاء'],
  nobody: ['Automatic', 'Automatique', 'تلقائي'],
})

/** By ids of employees and by those of their accounts: stock names who moved it by the account, others by the employee. */
const employees = makeLookUp('tenants.look-up-employees')

/** What employees are called, those who have left, too; what no employee did came by itself. */
export function useEmployeeName(): (id: string | null) => string {
  const t = useWords()
  const { employee } = useWorkplace()
  const find = employees.useAny()
  return (id) => {
    if (id === null) return t('nobody')
    if (id === employee.id || id === employee.user_id) return employee.display_name || t('you')
    const found = find(id)
    return found === undefined ? '…' : (found?.display_name ?? t('colleague'))
  }
}

/** The same for files. */
export async function readEmployeeName(id: string | null): Promise<string> {
  if (id === null) return translate(noun, 'nobody')
  return (await employees.read(id))?.display_name ?? translate(noun, 'colleague')
}
