import { Button } from '@mantine/core'
import { IconBiohazard } from '@tabler/icons-react'
import { useCommand } from '../api.ts'
import { useBranch } from '../identity/session.ts'
import { confirm } from '../ui/confirm.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('quarantine-expired', {
  button: ['Put expired aside', 'Isoler les périmés', 'عزل منتهي الصلاحية'],
  title: ['Put aside what has expired?', 'Isoler ce qui est périmé ?', 'عزل ما انتهت صلاحيته؟'],
  says: [
    'All that has expired in {{branch}} goes into quarantine: nobody counts on it any more. From there it is written off.',
    'Tout ce qui est périmé à {{branch}} part en quarantaine : personne ne compte plus dessus. De là, il est mis au rebut.',
    'ينتقل كل ما انتهت صلاحيته في {{branch}} إلى الحجر فلا يُعتمد عليه، ومن هناك يُتلف.',
  ],
  done: ['What has expired is in quarantine.', 'Les périmés sont en quarantaine.', 'أصبح منتهي الصلاحية في الحجر.'],
  none: [
    'Nothing that is available has expired.',
    'Aucun article disponible n’est périmé.',
    'لا يوجد متاح منتهي الصلاحية.',
  ],
})

/** Puts all that has expired in the branch into quarantine. */
export function QuarantineExpired() {
  const t = useWords()
  const branch = useBranch()
  const send = useCommand('inventory.quarantine-expired', ['replenishment'])
  if (!branch) return null
  const act = () =>
    send.mutate(
      { branch_id: branch.id },
      { onSuccess: ({ quarantine }) => tellDone(t(quarantine ? 'done' : 'none')), onError: tell },
    )
  return (
    <Button
      variant="default"
      leftSection={<IconBiohazard size={18} />}
      loading={send.isPending}
      onClick={() => confirm({ title: t('title'), says: t('says', { branch: branch.name }), button: t('button'), act })}
    >
      {t('button')}
    </Button>
  )
}
