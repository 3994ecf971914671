import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { MenuButton } from '../ui/menu-button.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { ChangeSaved } from './save-report.tsx'
import { type Saved, useManages } from './use-reports.ts'
import { useReportWords } from './words.ts'

/** Asks whether they may change a saved report: their own, or a shared one where they manage those. */
export function useMayChange(): (saved: Saved) => boolean {
  const manages = useManages()
  return ({ is_own, is_shared }) => is_own || (is_shared && manages)
}

/** What can be done with a saved report itself. */
export function SavedMenu({ saved, onRemoved }: { saved: Saved; onRemoved?: () => void }) {
  const t = useReportWords()
  const common = useCommonWords()
  const [isChanging, setChanging] = useState(false)
  const removal = useCommand('reports.remove-saved-report')
  const { id, version, name, is_shared } = saved
  const remove = async () => {
    try {
      await removal.mutateAsync({ id, version })
      tellDone(t('removed'))
      onRemoved?.()
    } catch (error) {
      tell(error)
    }
  }
  const askToRemove = () =>
    confirm({
      title: t('removeTitle', { name }),
      says: t(is_shared ? 'removeSharedSays' : 'removeSays'),
      button: common('remove'),
      act: () => void remove(),
    })
  return (
    <>
      <MenuButton
        label={`${t('options')} · ${name}`}
        icon={<IconDots size={18} />}
        width={230}
        entries={[
          { label: t('change'), icon: <IconPencil size={16} />, act: () => setChanging(true) },
          {
            label: common('remove'),
            icon: <IconTrash size={16} />,
            isDestructive: true,
            isApart: true,
            act: askToRemove,
          },
        ]}
      />
      {isChanging ? <ChangeSaved saved={saved} onClose={() => setChanging(false)} /> : null}
    </>
  )
}
